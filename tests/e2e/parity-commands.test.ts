import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { Host, installed } from './hosts.js';
import { isRoot, output, Sandbox, type Outcome } from './support.js';

const docker = '/usr/bin/docker'; // Debian's, as old as its dockerd
const usable = isRoot && installed('dockerd') && spawnSync(docker, ['--version']).status === 0;
const image = 'localhost/busybox:1';

/**
 * One command line that both are given, in the order of the file; IMAGE stands for the image, and there are two containers, `up` and `over`, that ran and ended with 5.
 * Both must end with the same exit code and print the same on standard output, but for IDs. Where they do not, `why` says so in one sentence,
 * with Caisson's own exit code.
 */
interface Case {
  readonly args: readonly string[];
  readonly input?: string;
  /** Only the exit codes are compared: what is printed is about this host, or worded otherwise. */
  readonly silent?: boolean;
  /** What both must write to standard error somewhere: words that scripts look for. */
  readonly says?: string;
  readonly why?: string;
  readonly code?: number;
}

const cases = JSON.parse(readFileSync(new URL('parity-commands.json', import.meta.url), 'utf8')) as readonly Case[];

describe.skipIf(!usable)('commands, beside docker’s (which needs root and Debian’s docker.io)', () => {
  let box: Sandbox;
  let host: Host;
  beforeAll(async () => {
    box = new Sandbox();
    host = await Host.dockerd();
    box.write('busybox.tar', busyboxRootfs());
    for (const run of [ours, theirs]) {
      // docker reads the two streams apart: without a pause between them either may come first in its log.
      for (const args of [['import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), image], ['run', '-d', '--name', 'up', image, 'sleep', '100000'], ['create', '--name', 'over', '-l', 'a=b', image, 'sh', '-c', 'echo out; sleep 0.5; echo "err or" >&2; exit 5']]) {
        const { code, stderr } = await run(args);
        if (code !== 0) throw new Error(`${args.join(' ')}: ${stderr}`);
      }
      await run(['start', '-a', 'over']);
    }
  }, 180_000);
  afterAll(async () => {
    if (host) await theirs(['rm', '-f', 'up']);
    await host?.[Symbol.asyncDispose]();
    box?.dispose();
  }, 60_000);

  function ours(args: readonly string[], input?: string): Outcome {
    return box.run(args, { cwd: box.folder, ...(input === undefined ? {} : { input }) });
  }

  function theirs(args: readonly string[], input = ''): Promise<Outcome> {
    const child = spawn(docker, ['-H', `unix://${host.socket}`, ...args], { cwd: box.folder, env: { ...process.env, DOCKER_CONFIG: box.path('docker') }, timeout: 100_000, killSignal: 'SIGKILL' });
    child.stdin.on('error', () => {}).end(input); // it need not read
    return output(child);
  }

  it.each(cases.map((one): [string, Case] => [one.args.join(' '), one]))('%s', { timeout: 120_000 }, async (_, { args, input, silent, says, why, code }) => {
    const words = args.map((word) => (word === 'IMAGE' ? image : word));
    const running = theirs(words, input);
    const found = ours(words, input);
    const expected = await running;
    const told = `docker: ${expected.stderr}caisson: ${found.stderr}`;
    if (why === undefined) expect(found.code, told).toBe(expected.code);
    else expect([found.code, expected.code === found.code], told).toEqual([code, false]);
    if (!silent && why === undefined) expect(plain(found.stdout)).toBe(plain(expected.stdout));
    if (says !== undefined) for (const { stderr } of [expected, found]) expect(stderr).toMatch(new RegExp(says));
  });

  it('has a reason for each difference', () => {
    for (const { why, code } of cases) expect([why?.length ?? 20, code]).toEqual([expect.any(Number), why === undefined ? undefined : expect.any(Number)]);
  });
});

/** Without what is another on each run. */
function plain(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{64}\b/g, 'ID').replaceAll(/\b[0-9a-f]{12}\b/g, 'ID').replaceAll(/[ \t]+$/gm, '');
}
