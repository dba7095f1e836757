import { describe, expect, it } from 'vitest';
import { containerOptions, emptyChoices, parseMount, parsePort } from '../../src/run/choices.js';
import { inspectorAddress, inspectorPort } from '../../src/run/inspector.js';
import { RunMemory } from '../../src/run/memory.js';
import { joinWords, splitWords } from '../../src/run/words.js';
import { cpuPercent, statsTable } from '../../src/terminals/stats-table.js';
import { toTerminal, withoutReplies } from '../../src/terminals/text.js';
import type { ContainerStats } from '@caisson/core';

describe('words', () => {
  it.each([
    ['a  b', ['a', 'b']],
    [`sh -c 'echo "x y"'`, ['sh', '-c', 'echo "x y"']],
    ['a\\ b "c \\" d" \'\'', ['a b', 'c " d', '']],
    ['', []],
  ])('of %s', (text, words) => {
    expect(splitWords(text)).toEqual(words);
    expect(splitWords(joinWords(words))).toEqual(words);
  });
});

describe('the form', () => {
  it('becomes a request', () => {
    const choices = { ...emptyChoices, name: 'web', command: 'node "a b.js"', ports: '8080:80\n\n 127.0.0.1:5353:53/udp', env: 'A=1\nB', mounts: './src:/app:ro\ncache:/cache\n/data', interactive: true };
    expect(containerOptions('app:1', choices, '/w')).toEqual({
      options: {
        image: 'app:1', name: 'web', command: ['node', 'a b.js'], env: ['A=1', 'B'], autoRemove: false, terminal: true, stdin: true,
        ports: [{ protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 }, { protocol: 'udp', hostIp: '127.0.0.1', hostPort: 5353, containerPort: 53 }],
        mounts: [{ type: 'bind', source: '/w/./src'.replace('/.', ''), target: '/app', readOnly: true }, { type: 'volume', source: 'cache', target: '/cache' }, { type: 'volume', target: '/data' }],
      },
    });
  });

  it('says what is wrong with each field', () => {
    const made = containerOptions('app:1', { ...emptyChoices, name: '-', ports: '80:x', env: '=1', mounts: 'nowhere' }, undefined);
    expect(made).toEqual({ faults: { name: expect.any(String), ports: expect.stringContaining('80:x'), env: expect.stringContaining('=1'), mounts: expect.stringContaining('nowhere') } });
  });

  it.each(['', '0', '70000:80', '80:70000', 'a:b', '1.2.3.4', '80/sctpx'])('refuses the port %s', (text) => {
    expect(() => parsePort(text)).toThrow('is no port');
  });

  it('knows addresses and drives', () => {
    expect(parsePort('[::1]::80')).toEqual({ protocol: 'tcp', hostIp: '::1', hostPort: 0, containerPort: 80 });
    expect(parseMount('C:\\work:/w', undefined)).toEqual({ type: 'bind', source: 'C:\\work', target: '/w' });
    expect(() => parseMount('./x:/y', undefined)).toThrow('must be absolute');
    expect(() => parseMount(':/y', undefined)).toThrow('nothing in front');
  });

  it('is remembered for each repository', async () => {
    const kept = new Map<string, unknown>();
    const memory = new RunMemory({ get: <T>(key: string) => kept.get(key) as T | undefined, update: async (key, value) => void kept.set(key, value) });
    await memory.remember('app:1', { ...emptyChoices, ports: '80:80' });
    expect(memory.choices('docker.io/library/app:2')?.ports).toBe('80:80');
    expect(memory.choices('other:1')).toBeUndefined();
  });
});

describe('the inspector', () => {
  const container = (args: readonly string[], env: readonly string[] = []) => ({ process: { args, env, cwd: '/', user: '', terminal: false, stdin: false }, state: { ports: [], networks: [{ network: 'bridge', networkId: '', address: '10.0.0.2', prefix: 24, gateway: '', macAddress: '' }] } }) as unknown as Parameters<typeof inspectorAddress>[0];

  it('is found in the command, in a shell and in NODE_OPTIONS', () => {
    expect(inspectorPort(container(['node', '--inspect=0.0.0.0:9300', 'a.js']))).toEqual({ port: 9300, everywhere: true });
    expect(inspectorPort(container(['sh', '-c', 'node --inspect-brk=0.0.0.0 a.js']))).toEqual({ port: 9229, everywhere: true });
    expect(inspectorPort(container(['node', 'a.js'], ['NODE_OPTIONS=--inspect']))).toEqual({ port: 9229, everywhere: false });
    expect(inspectorPort(container(['node', 'a.js']))).toBeUndefined();
  });

  it('is reached by a published port, else by the address, else there is a reason', () => {
    const open = container(['node', '--inspect=0.0.0.0', 'a.js']);
    expect(inspectorAddress(open)).toEqual({ host: '10.0.0.2', port: 9229 });
    expect(inspectorAddress({ ...open, state: { ...open.state, ports: [{ protocol: 'tcp', hostIp: '0.0.0.0', hostPort: 5000, containerPort: 9229 }] } })).toEqual({ host: '127.0.0.1', port: 5000 });
    expect(inspectorAddress({ ...open, state: { ...open.state, networks: [] } })).toEqual({ reason: 'unreachable' });
    expect(inspectorAddress(container(['node', '--inspect']))).toEqual({ reason: 'loopback' });
    expect(inspectorAddress(container(['node']))).toEqual({ reason: 'no-flag' });
  });
});

describe('terminals', () => {
  it('get line ends that they understand, and keep their own answers', () => {
    expect(toTerminal('a\nb\r\nc')).toBe('a\r\nb\r\nc');
    expect(withoutReplies('\u001B[12;40Rls\u001B[?1;2c\r')).toBe('ls\r');
    expect(withoutReplies('\u001B[A')).toBe('\u001B[A');
  });

  it('show what containers use, as a table', () => {
    const reading = (second: number, cpu: number): ContainerStats => ({ id: 'a', name: 'a', at: new Date(second * 1000), cpuNanoseconds: cpu, onlineCpus: 2, memoryBytes: 5e8, memoryCacheBytes: 0, memoryLimit: 1e9, pids: 3, blockReadBytes: 0, blockWriteBytes: 2e6, networks: {} }) as unknown as ContainerStats;
    expect(cpuPercent(undefined, reading(1, 0))).toBeUndefined();
    expect(cpuPercent(reading(1, 0), reading(2, 5e8))).toBe(50);
    expect(cpuPercent(reading(2, 0), reading(2, 5))).toBeUndefined();
    const [head, row] = statsTable([{ name: 'web', cpuPercent: 50, stats: reading(1, 0) }]);
    expect(head).toMatch(/^NAME +CPU +MEMORY/);
    expect(row).toContain('50.0 %');
    expect(row).toContain('500 MB / 1 GB  █████░░░░░');
    const narrow = statsTable([{ name: 'web', cpuPercent: 50, stats: reading(1, 0) }], 70);
    expect(narrow.join('')).not.toContain('░');
    expect(narrow[0]).toMatch(/PIDS$/);
    const least = statsTable([{ name: 'web', cpuPercent: 50, stats: reading(1, 0) }], 20);
    expect(least.map((line) => line.length)).toEqual([20, 20]);
  });
});
