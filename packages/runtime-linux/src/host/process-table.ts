import { CaissonError, type ProcessTable } from '@caisson/core';
import { command } from './command.js';
import { requireProgram } from './programs.js';

/**
 * The rows of ps(1) on the host that are about these processes. The options are ps's own; they must leave a column titled PID.
 * @throws CaissonError `invalid-argument`, `missing-dependency`
 */
export async function processTable(pids: readonly number[], options: readonly string[]): Promise<ProcessTable> {
  const { code, stdout, stderr } = await command(requireProgram('ps'), options.length > 0 ? options : ['-ef']);
  if (code !== 0 && stdout === '') throw new CaissonError('invalid-argument', `ps: ${stderr.trim().split('\n').find((line) => /error/.test(line))?.replace(/^error: /, '') ?? `${options.join(' ')} failed`}`, { hint: 'man ps lists its options' });
  return tableOf(stdout, new Set(pids));
}

export function tableOf(text: string, wanted: ReadonlySet<number>): ProcessTable {
  const [first = '', ...lines] = text.split('\n');
  const titles = first.trim().split(/\s+/);
  const place = titles.indexOf('PID');
  if (place < 0) throw new CaissonError('invalid-argument', 'the output of ps has no column PID, by which the processes of the container are known', { hint: 'add it to the columns: -o pid,…' });
  const processes = lines.flatMap((line) => {
    const words = line.trim().split(/\s+/);
    if (!wanted.has(Number(words[place]))) return [];
    // The last column is the command, which has spaces of its own.
    return [[...words.slice(0, titles.length - 1), words.slice(titles.length - 1).join(' ')]];
  });
  return { titles, processes };
}
