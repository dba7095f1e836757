import { commandTable } from '../commands.js';
import { groups } from '../groups.js';
import { createProgram } from '../program.js';
import { describeCommand, type DescribedCommand } from './reference.js';

/** The program and all of its commands, in the order of the help. What is hidden is left out. */
export async function describeAll(): Promise<{ program: DescribedCommand; commands: DescribedCommand[] }> {
  const program = createProgram(() => {});
  const commands: DescribedCommand[] = [];
  for (const entry of commandTable) {
    if (entry.hidden) continue;
    const [first = '', second] = entry.path.split(' ');
    const parent = second === undefined ? program : program.commands.find((one) => one.name() === first);
    const command = parent?.commands.find((one) => one.name() === (second ?? first) && (second !== undefined || !(first in groups) || one.commands.length === 0));
    if (!command) throw new Error(`the program has no command ${entry.path}`);
    (await entry.load()).configure(command);
    commands.push(describeCommand(command, entry));
  }
  return { program: describeCommand(program, { path: '', summary: '' }), commands };
}
