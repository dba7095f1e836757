import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { Cli } from '../../src/cli.js';
import { commandTable } from '../../src/commands.js';
import { candidatesFor } from '../../src/completion/candidates.js';
import { positionOf } from '../../src/completion/position.js';
import { completionScripts } from '../../src/completion/scripts.js';
import { createProgram } from '../../src/program.js';

async function complete(...words: string[]): Promise<string[]> {
  const program = createProgram(() => {});
  const load = async (command: Command) => {
    const path = command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`;
    (await commandTable.find((entry) => entry.path === path)?.load())?.configure(command);
  };
  await using cli = new Cli({ dataRoot: '/nonexistent/caisson', runRoot: '/nonexistent/caisson-run' });
  return (await candidatesFor(cli, await positionOf(program, words, load))).map(({ value }) => value);
}

describe('completion', () => {
  it.each<[string[], string[]]>([
    [['ru'], ['run']],
    [['container', 'p'], ['pause', 'ps', 'port', 'prune'].filter((name) => name !== 'ps')],
    [['--conte'], ['--context']],
    [['context', 'e'], ['export']],
    [['build', ''], []], // a folder, for the shell to complete
    [['run', '--net'], ['--network', '--network-alias']],
    [['run', '--pull', ''], ['always', 'missing', 'never']],
    [['run', '--pull=m'], ['--pull=missing']],
    [['run', '-it', '--restart', 'un'], ['unless-stopped']],
    [['build', '--network', ''], ['default', 'none', 'host']],
    [['-l', 'de'], ['debug']],
    [['-H', 'tcp://x', 'vol'], ['volume']],
    [['completion', ''], ['bash', 'zsh', 'fish']],
    [['nothing-like-it', ''], []],
  ])('%j', async (words, expected) => {
    expect((await complete(...words)).sort()).toEqual(expected.sort());
  });

  it('is quiet where the host cannot be asked', async () => {
    expect(await complete('rm', '')).toEqual([]);
  });

  it.each(['bash', 'zsh', 'fish'] as const)('the script for %s is one that it can read', (shell) => {
    // A file: fish does not read the sockets that Node makes of pipes.
    const folder = mkdtempSync(join(tmpdir(), 'caisson-completion-'));
    writeFileSync(join(folder, 'script'), completionScripts[shell]);
    const { status, error } = spawnSync(shell, ['-n', join(folder, 'script')]);
    rmSync(folder, { recursive: true });
    if (!error) expect(status).toBe(0);
  });
});
