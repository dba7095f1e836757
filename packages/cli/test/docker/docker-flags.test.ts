import { execFileSync, spawnSync } from 'node:child_process';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { commandTable } from '../../src/commands.js';
import { createProgram } from '../../src/program.js';
import { absentCommands, absentFlags } from './exceptions.js';

/** docker's own command line, new enough: what its help lists is what scripts may use. */
const docker = (() => {
  const { stdout, status } = spawnSync('docker', ['--version'], { encoding: 'utf8' });
  const major = Number(/version (\d+)/.exec(stdout ?? '')?.[1] ?? 0);
  return status === 0 && major >= 28;
})();

const groups = ['container', 'image', 'volume', 'network', 'system', 'builder', 'context', 'manifest'];

function help(...path: string[]): string {
  return execFileSync('docker', [...path, '--help'], { encoding: 'utf8', env: { ...process.env, DOCKER_CLI_HINTS: 'false' }, stdio: ['ignore', 'pipe', 'ignore'] });
}

function commandsOf(...path: string[]): string[] {
  return [...help(...path).matchAll(/^(?:Common |Management |Swarm )?Commands:\n((?: {2}\S.*\n|\n?(?= ))+)/gm)].flatMap(([, block = '']) => [...block.matchAll(/^ {2}([a-z-]+)\*? {2,}/gm)].map(([, name = '']) => name));
}

/** `--name`, and `-x` where there is one. */
function flagsOf(text: string): string[] {
  return [...text.slice(text.search(/^(?:Global )?Options:/m)).matchAll(/^ {2,6}(?:(-[a-zA-Z]), )?(--[a-z][a-z0-9-]*)/gm)].flatMap(([, short, long = '']) => (short ? [short, long] : [long])).filter((flag) => flag !== '--help');
}

async function ours(path: string): Promise<Command | undefined> {
  const entry = commandTable.find((one) => one.path === path || (path.includes(' ') && one.path.split(' ')[0] === path.split(' ')[0] && one.aliases?.includes(path.split(' ')[1] ?? '')));
  if (!entry) return undefined;
  const program = createProgram(() => {});
  const [group = '', name] = entry.path.split(' ');
  const command = name === undefined ? program.commands.find((one) => one.name() === group) : program.commands.find((one) => one.name() === group)?.commands.find((one) => one.name() === name);
  if (command) (await entry.load()).configure(command);
  return command;
}

function knows(command: Command, flag: string): boolean {
  // A flag that docker has on by default is ours in its negation, and can be written as docker's.
  return command.options.some(({ long, short }) => long === flag || short === flag || long === `--no-${flag.slice(2)}`);
}

describe.runIf(docker)("docker's command line", () => {
  const commands = docker ? [...commandsOf().filter((name) => !groups.includes(name)), ...groups.flatMap((group) => commandsOf(group).map((name) => `${group} ${name}`))] : [];

  it('was read', () => {
    expect(commands.length).toBeGreaterThan(90);
    expect(commands).toContain('container run');
  });

  it('has global flags that are all here', () => {
    const program = createProgram(() => {});
    expect(flagsOf(help()).filter((flag) => !knows(program, flag) && flag !== '--version')).toEqual([]);
  });

  it.each(commands)('%s', async (path) => {
    const command = await ours(path);
    const group = path.split(' ')[0] ?? '';
    if (path in absentCommands || group in absentCommands) {
      expect(command, 'it is here after all').toBeUndefined();
      return;
    }
    if (!command) expect.fail(`there is no command ${path}`);
    const agreed = absentFlags[path] ?? absentFlags[path.replace(/^container |^image /, '')] ?? {};
    const missing = flagsOf(help(...path.split(' '))).filter((flag) => !knows(command, flag));
    expect(missing.filter((flag) => !(flag in agreed))).toEqual([]);
    // An exception that is none any more goes.
    expect(Object.keys(agreed).filter((flag) => !missing.includes(flag))).toEqual([]);
  });

  it('gives a reason for each exception', () => {
    for (const reason of [...Object.values(absentCommands), ...Object.values(absentFlags).flatMap((flags) => Object.values(flags))]) expect(reason).toMatch(/\w{4}/);
  });
});
