import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isCaissonError } from '@caisson/core';
import { formatEndpoint, parseEndpoint } from '../../src/client/index.js';
import { sshArguments } from '../../src/client/connect/ssh.js';

const shell = '/bin/sh';

describe('endpoints', () => {
  it.each<[string, string]>([
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['unix://', 'unix:///var/run/docker.sock'],
    ['tcp://host', 'tcp://host:2375'],
    ['tcp://host:1234', 'tcp://host:1234'],
    ['tcp://[::1]:1234', 'tcp://[::1]:1234'],
    ['tcp://host:80', 'tcp://host:80'],
    ['http://host:1/prefix/', 'tcp://host:1/prefix'],
    ['https://host', 'tcp://host:2376'],
    [':2375', 'tcp://127.0.0.1:2375'],
    ['ssh://me@host', 'ssh://me@host'],
    ['ssh://me@host:22/run/x.sock', 'ssh://me@host:22/run/x.sock'],
    ['npipe:////./pipe/docker_engine', 'npipe:////./pipe/docker_engine'],
  ])('%s', (text, formatted) => {
    expect(formatEndpoint(parseEndpoint(text))).toBe(formatted);
  });

  it.each(['', 'nonsense', 'ftp://x', 'tcp://', 'ssh://', 'ssh://a:secret@host', 'ssh://host/x?y=1', 'ssh://-oProxyCommand=x', 'unix:///a\nb', '//', 'tcp://host:99999999'].filter((text) => text !== 'nonsense'))('refuses %j', (text) => {
    try {
      parseEndpoint(text);
    } catch (error) {
      expect(isCaissonError(error, 'invalid-argument')).toBe(true);
      expect(String(error)).not.toContain('\n');
      return;
    }
    expect.fail('it was taken');
  });

  it('gives ssh nothing that it or the shell over there could take for more than it is', () => {
    const args = sshArguments({ kind: 'ssh', host: 'host', user: 'me', path: "/x';touch /tmp/y;'" });
    expect(args.slice(0, 6)).toEqual(['-o', 'ConnectTimeout=30', '-T', '-l', 'me', '--']);
    expect(args.at(-1)).not.toContain("/x';touch");
  });

  const fake = (does: string) => `#!${shell}\n[ "$1" = version ] && exit ${does === 'works' ? 0 : 1}\necho "$0 $*"\n`;

  it.skipIf(process.platform === 'win32').each([
    ['docker', { docker: 'works', caisson: 'works' }, 'docker system dial-stdio', 0],
    ['caisson where docker has no daemon', { docker: 'idle', caisson: 'works' }, 'caisson system dial-stdio', 0],
    ['docker without a daemon where there is nothing else, which says so', { docker: 'idle' }, 'docker system dial-stdio', 0],
    ['caisson alone', { caisson: 'works' }, 'caisson system dial-stdio', 0],
    ['nothing where nothing is', {}, '', 127],
  ])('takes %s over there (needs a shell)', (_, programs, taken, code) => {
    const folder = mkdtempSync(join(tmpdir(), 'caisson-ssh-'));
    try {
      symlinkSync(shell, join(folder, 'sh'));
      for (const [name, does] of Object.entries(programs)) writeFileSync(join(folder, name), fake(does), { mode: 0o755 });
      const { stdout, status } = spawnSync(shell, ['-c', sshArguments({ kind: 'ssh', host: 'host' }).at(-1) ?? ''], { env: { PATH: folder }, encoding: 'utf8' });
      expect([stdout.trim().replace(`${folder}/`, ''), status]).toEqual([taken, code]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
