import { CaissonError, type Engine } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import type { Candidate } from '../../src/backend/candidates.js';
import { Connection, type ConnectionParts } from '../../src/backend/connection.js';

const command = { node: 'node', env: {}, script: '/caisson.cjs' };
const local: Candidate = { id: 'local', label: 'Local', detail: '', target: { kind: 'local', command } };

function world(change: Partial<ConnectionParts> = {}) {
  const log: string[] = [];
  const served = { host: 'unix:///s', running: true, [Symbol.asyncDispose]: async () => void log.push('served ended') };
  const engine = () => ({ [Symbol.asyncDispose]: async () => void log.push('engine closed') }) as unknown as Engine;
  const connection = new Connection({
    choose: async () => local,
    start: async () => (log.push('start'), (served.running = true), served),
    open: async (host) => (log.push(`open ${typeof host === 'string' ? host : host.kind}`), engine()),
    ...change,
  });
  const states: string[] = [];
  connection.onChange(({ kind }) => states.push(kind));
  return { connection, log, served, states };
}

describe('Connection', () => {
  it('opens nothing before it is asked, and once for all that ask', async () => {
    const { connection, log, states } = world();
    expect(connection.state.kind).toBe('closed');
    const [a, b] = await Promise.all([connection.engine(), connection.engine()]);
    expect(a).toBe(b);
    expect(await connection.engine()).toBe(a);
    expect(log).toEqual(['start', 'open unix:///s']);
    expect(states).toEqual(['opening', 'open']);
  });

  it('starts a local engine again that has ended', async () => {
    const { connection, log, served } = world();
    const first = await connection.engine();
    served.running = false;
    expect(await connection.engine()).not.toBe(first);
    expect(log.filter((line) => line === 'start')).toHaveLength(2);
  });

  it('says why the chosen backend cannot be used, and tries again when asked again', async () => {
    let usable = false;
    const { connection, states } = world({ choose: async () => (usable ? local : { ...local, target: undefined, reason: 'there is no caisson' }) });
    await expect(connection.engine()).rejects.toThrow('there is no caisson');
    expect(connection.state).toMatchObject({ kind: 'failed', label: 'Local' });
    usable = true;
    await connection.engine();
    expect(states).toEqual(['opening', 'failed', 'opening', 'open']);
  });

  it('ends what it has started when the engine cannot be opened', async () => {
    const { connection, log } = world({ open: async () => Promise.reject(new CaissonError('unavailable', 'no answer')) });
    await expect(connection.engine()).rejects.toThrow('no answer');
    expect(log).toEqual(['start', 'served ended']);
  });

  it('closes both, and does not keep what is opened for a choice of the past', async () => {
    const { connection, log } = world();
    const opening = connection.engine();
    await connection.close();
    await expect(opening).rejects.toMatchObject({ code: 'cancelled' });
    expect(connection.state.kind).toBe('closed');
    expect(log).toContain('engine closed');
    expect(log).toContain('served ended');
    await connection.engine();
    log.length = 0;
    await connection[Symbol.asyncDispose]();
    expect(log).toEqual(['engine closed', 'served ended']);
  });
});
