import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256 } from '@caisson/core';
import { MemoryRegistry } from '@caisson/core/testing';
import { anonymous, RegistryClient, registrySink, type UploadSessions } from '../src/index.js';
import { FaultProxy } from './support/fault-proxy.js';

const data = randomBytes(5_000_000);
async function* made() {
  for (let at = 0; at < data.length; at += 100_000) yield data.subarray(at, at + 100_000);
}

describe('sending what is made as it is sent', () => {
  let registry: MemoryRegistry;
  let kept: Map<string, string>;
  let sessions: UploadSessions;
  beforeEach(async () => {
    registry = await MemoryRegistry.start();
    kept = new Map();
    sessions = { get: async (key) => kept.get(key), set: async (key, value) => void kept.set(key, value), delete: async (key) => void kept.delete(key) };
  });
  afterEach(() => registry.close());
  const client = () => new RegistryClient({ credentials: anonymous, hosts: {}, limits: { retryDelay: 5, retries: 3 } });

  it('tells the digest at the end', async () => {
    const sink = registrySink(client(), `${registry.host}/app:1`, { sessions });
    const counts: number[] = [];
    expect(await sink.putMade?.('key', made, { onBytes: (count) => counts.push(count) })).toEqual({ digest: sha256(data), size: data.length });
    expect(Buffer.from(registry.repository('app').blob(sha256(data))).equals(data)).toBe(true);
    expect(counts.at(-1)).toBe(data.length);
    expect(kept.size).toBe(0);
  });

  it('goes on after a fault with what the registry lacks', async () => {
    await using proxy = await FaultProxy.before(registry.host);
    let cut = false;
    proxy.fault = ({ method }) => {
      if (method !== 'PATCH' || cut) return undefined;
      cut = true;
      return { kind: 'cut-request', after: 2_000_000 };
    };
    const sink = registrySink(client(), `${proxy.host}/app:1`, { sessions });
    expect(await sink.putMade?.('key', made, {})).toEqual({ digest: sha256(data), size: data.length });
    expect(Buffer.from(registry.repository('app').blob(sha256(data))).equals(data)).toBe(true);
    expect(registry.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  it('goes on in another process, and begins anew where other bytes are made', async () => {
    const failing = async function* () {
      yield data.subarray(0, 2_000_000);
      // What was sent is there before the source fails.
      await expect.poll(() => [...registry.repository('app').uploads.values()][0]?.size).toBe(2_000_000);
      throw new Error('killed');
    };
    const name = `${registry.host}/app:1`;
    const keep: UploadSessions = { ...sessions, delete: async () => {} };
    await expect(registrySink(client(), name, { sessions: keep }).putMade?.('key', failing, {})).rejects.toThrow('killed');
    const location = kept.get('key') ?? [...kept.values()][0];
    expect(location).toBeDefined();
    const other = randomBytes(3_000_000);
    const again = async function* () {
      yield other;
    };
    expect(await registrySink(client(), name, { sessions }).putMade?.('key', again, {})).toEqual({ digest: sha256(other), size: other.length });
    expect(Buffer.from(registry.repository('app').blob(sha256(other))).equals(other)).toBe(true);
  });

  it('sends what is small with the request that ends its upload, and remembers nothing of it', async () => {
    const small = randomBytes(1000);
    const set: string[] = [];
    const sink = registrySink(client(), `${registry.host}/app:1`, { sessions: { ...sessions, set: async (key) => void set.push(key) } });
    const open = async function* () {
      yield small;
    };
    expect(await sink.putMade?.('key', open, {})).toEqual({ digest: sha256(small), size: 1000 });
    expect(Buffer.from(registry.repository('app').blob(sha256(small))).equals(small)).toBe(true);
    expect(registry.requests.map(({ method }) => method).filter((method) => method !== 'GET')).toEqual(['POST', 'PUT']);
    expect(set).toEqual([]);
  });

  it('passes a fault of the source on', async () => {
    const failing = async function* () {
      yield data;
      throw new Error('the source failed');
    };
    await expect(registrySink(client(), `${registry.host}/app:1`).putMade?.('key', failing, {})).rejects.toThrow('the source failed');
  });
});
