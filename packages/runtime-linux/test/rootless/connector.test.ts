import { expect, it } from 'vitest';
import { chooseConnector, isSamePort, lastLine } from '../../src/rootless/connector.js';

it('refuses a program that is none of them, in one line', () => {
  expect(() => chooseConnector('pata')).toThrow('containers of ordinary users are connected by slirp4netns or pasta, not by “pata”');
});

it('takes all addresses of the host for the same, however they are written', () => {
  const port = { protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 } as const;
  expect(isSamePort(port, { ...port, hostIp: '0.0.0.0', containerPort: 81 })).toBe(true);
  for (const other of [{ hostIp: '127.0.0.1' }, { protocol: 'udp' as const }, { hostPort: 8081 }]) expect(isSamePort(port, { ...port, ...other })).toBe(false);
});

it('finds what a log ends with', () => expect(lastLine('pasta 1\n0.1: ERROR:   no\n\n')).toBe('0.1: ERROR:   no'));
