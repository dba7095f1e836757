import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isCaissonError } from '@caisson/core';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { receiveFolder } from '../../../src/server/buildkit/receive-folder.js';
import { Packet_Type as Type, type Packet } from '../../../src/server/buildkit/pb/fsutil_pb.js';
import { contents, directory, fakeFiles, fakeSession, file, last, link, type Sent } from './fake-client.js';

let folder: string;
let target: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'caisson-receive-'));
  target = join(folder, 'target');
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function receive(told: readonly Sent[], answer: (packet: Packet) => readonly Sent[] = contents(told, (path) => `of ${path}`), seen?: (headers: Headers) => void): Promise<void> {
  await using session = fakeSession(fakeFiles([...told, last], answer, seen));
  await receiveFolder(session, target, { name: 'context', excludes: ['*.log', '!keep, this.log', 'grün'], signal: new AbortController().signal });
}

describe('a folder that a client sends', () => {
  it('arrives with its files, folders and links, and their modes and times', async () => {
    await receive([directory('a', 0o750), file('a/x', 6, { mode: 0o600 }), directory('a/y'), link('l', 'a/x'), file('run', 6, { mode: 0o755 })]);
    expect(readFileSync(join(target, 'a/x'), 'utf8')).toBe('of a/x');
    expect(lstatSync(join(target, 'a/x')).mode & 0o777).toBe(0o600);
    expect(lstatSync(join(target, 'a')).mode & 0o777).toBe(0o750);
    expect(lstatSync(join(target, 'run')).mode & 0o777).toBe(0o755);
    expect(readlinkSync(join(target, 'l'))).toBe('a/x');
    expect(Math.round(lstatSync(join(target, 'run')).mtimeMs)).toBe(1_600_000_000_123);
    expect(lstatSync(join(target, 'a')).mtimeMs).toBe(1e12);
    expect(readdirSync(folder)).toEqual(['target']);
  });

  it('is asked for only what has changed, and loses what the client has not', async () => {
    const asked: string[] = [];
    const asking = (told: readonly Sent[]) => (packet: Packet) => {
      if (packet.type === Type.REQ) asked.push(told[packet.id]?.stat?.path ?? '');
      return contents(told, (path) => `of ${path}`)(packet);
    };
    const first = [directory('d'), file('d/a', 6), file('d/b', 6), file('gone', 7)];
    await receive(first, asking(first));
    expect(asked.splice(0).sort()).toEqual(['d/a', 'd/b', 'gone']);
    const second = [directory('d'), file('d/a', 6), file('d/b', 6, { modTime: 1_700_000_000_000_000_000n }), file('new', 6)];
    await receive(second, asking(second));
    expect(asked.splice(0).sort()).toEqual(['d/b', 'new']);
    expect(readdirSync(target).sort()).toEqual(['d', 'new']);
    const third = [file('d', 4)];
    await receive(third, asking(third));
    expect(readFileSync(join(target, 'd'), 'utf8')).toBe('of d');
  });

  it('has hard links', async () => {
    await receive([file('a', 4), file('b', 4, { linkname: 'a' })]);
    expect(lstatSync(join(target, 'b')).ino).toBe(lstatSync(join(target, 'a')).ino);
  });

  it('says what is wanted, value by value', async () => {
    const seen: (string | null)[] = [];
    await receive([], undefined, (headers) => seen.push(headers.get('dir-name'), headers.get('exclude-patterns'), headers.get('exclude-patterns-encoded')));
    // Several values of one header come joined here; gRPC's metadata has them apart.
    expect(seen).toEqual(['context', '*.log, !keep%2C+this.log, gr%C3%BCn', '1']);
  });
});

describe('a hostile client', () => {
  const victim = () => join(folder, 'victim');
  beforeEach(() => writeFileSync(victim(), 'untouched'));

  it.each<[string, (place: string) => readonly Sent[]]>([
    ['a path upwards', () => [file('../victim', 3)]],
    ['a path upwards inside', () => [directory('a'), file('a/../../victim', 3)]],
    ['an absolute path', (place) => [file(place, 3)]],
    ['an empty path', () => [file('', 3)]],
    ['a NUL', () => [file('a\0b', 3)]],
    ['a dot', () => [file('./a', 3)]],
    ['a file in a link', (place) => [link('l', place), file('l/victim', 3)]],
    ['a file in a file', () => [file('a', 3), file('a/b', 3)]],
    ['a file in what was never told of', () => [file('a/b', 3)]],
    ['the same file twice', () => [file('a', 3), file('a', 3)]],
    ['a hard link to the outside', () => [file('a', 3, { linkname: '../victim' })]],
    ['a hard link to a symbolic one', () => [link('l', '../victim'), file('a', 3, { linkname: 'l' })]],
  ])('sends %s', async (_name, told) => {
    await expect(receive(told(folder))).rejects.toSatisfy((error) => isCaissonError(error, 'invalid-content'));
    expect(readFileSync(victim(), 'utf8')).toBe('untouched');
    expect(existsSync(join(target, 'victim'))).toBe(false);
  });

  it('finds no link of before to write through', async () => {
    await receive([link('d', '..')]);
    await receive([directory('d'), file('d/victim', 11)]);
    expect(readFileSync(victim(), 'utf8')).toBe('untouched');
    symlinkSync(victim(), join(target, 'd/x'));
    await receive([directory('d'), file('d/x', 6)]);
    expect(readFileSync(victim(), 'utf8')).toBe('untouched');
  });

  it('sends data that nobody asked for', async () => {
    await expect(receive([file('a', 3)], () => [{ type: Type.DATA, id: 7, data: Buffer.from('x') }])).rejects.toThrow('not asked for (7)');
  });

  it('goes on telling of files after the last', async () => {
    await expect(receive([file('a', 3)], () => [file('b', 1)])).rejects.toThrow('after the last one');
  });

  it('cannot read its own files', async () => {
    await expect(receive([file('a', 3)], () => [{ type: Type.ERR, data: Buffer.from('permission denied') }])).rejects.toThrow('permission denied');
  });

  it('ends before all is there, and leaves no half of a file', async () => {
    await expect(receive([file('a', 3)], ({ id }) => [{ type: Type.DATA, id, data: Buffer.from('h') }, { type: Type.FIN }])).rejects.toThrow('before all was there');
    expect(readdirSync(target)).toEqual([]);
  });
});

it('is let go of when the build ends', async () => {
  const ended = new AbortController();
  await using session = fakeSession(fakeFiles([file('a', 3), last], () => []));
  const receiving = receiveFolder(session, target, { name: 'context', signal: ended.signal });
  ended.abort();
  await expect(receiving).rejects.toSatisfy((error) => isCaissonError(error, 'cancelled'));
});
