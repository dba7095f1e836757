import { appendFileSync, mkdtempSync, readFileSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LogOptions } from '../../../src/index.js';
import { LogFolder } from '../../../src/engine/logging/log-folder.js';
import { readLog } from '../../../src/engine/logging/read-log.js';

const base = Date.parse('2026-01-01T00:00:00Z');
const stamp = (index: number) => `${new Date(base + index * 1000).toISOString().slice(0, -1)}000000+00:00`;
const line = (index: number, flag = 'F') => `${stamp(index)} ${index % 2 ? 'stderr' : 'stdout'} ${flag} line ${index}\n`;
const lines = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => line(from + place)).join('');

describe('a log', () => {
  let path: string;
  let folder: LogFolder;
  beforeEach(() => {
    path = mkdtempSync(join(tmpdir(), 'caisson-log-'));
    folder = new LogFolder(path);
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  const write = (name: string, data: string | Uint8Array) => writeFileSync(join(path, name), data);
  const read = async (options: LogOptions = {}, ended: Promise<unknown> = Promise.resolve()) => (await Array.fromAsync(readLog(folder, options, ended))).map(({ data }) => Buffer.from(data).toString());
  const text = (from: number, to: number) => Array.from({ length: to - from }, (_, place) => `line ${from + place}\n`);

  it('is read as it was written, streams, times and unfinished lines', async () => {
    write('log', `${line(0)}${line(1, 'P')}2026-01-01T00:00:02.5+00:00 stdout F \nnot of the format\n`);
    const entries = await Array.fromAsync(readLog(folder, {}, Promise.resolve()));
    expect(entries.map(({ stream, data }) => [stream, Buffer.from(data).toString()])).toEqual([['stdout', 'line 0\n'], ['stderr', 'line 1'], ['stdout', '\n']]);
    expect(entries[0]?.timestamp).toBe('2026-01-01T00:00:00.000000000+00:00');
    expect(entries[0]?.at.getTime()).toBe(base);
  });

  it('is empty where nothing has been written', async () => {
    expect(await read()).toEqual([]);
    expect(await read({ tail: 3 })).toEqual([]);
    expect(await read({ since: new Date(base) })).toEqual([]);
  });

  describe('in several files', () => {
    beforeEach(() => {
      write('log.3.gz', gzipSync(lines(0, 1000)));
      write('log.4.gz', gzipSync(lines(1000, 2000)));
      write('log.5', lines(2000, 5000));
      write('log', lines(5000, 6000));
    });

    it('is one', async () => {
      expect(await read()).toEqual(text(0, 6000));
    });

    it.each([0, 1, 2, 999, 1000, 1001, 4000, 4001, 5500, 6000, 9000])('ends with its last %i lines', async (tail) => {
      expect(await read({ tail })).toEqual(text(Math.max(0, 6000 - tail), 6000));
    });

    it.each([[0, 0], [1, 1], [999.5, 1000], [1500, 1500], [2000, 2000], [4999, 4999], [5999, 5999], [7000, 6000]])('begins at second %f with line %i', async (second, first) => {
      for (const name of ['log.3.gz', 'log.4.gz', 'log.5']) utimesSync(join(path, name), base / 1000 + 5000, base / 1000 + 5000);
      expect(await read({ since: new Date(base + second * 1000) })).toEqual(text(first, 6000));
    });

    it('ends at a time', async () => {
      expect(await read({ until: new Date(base + 1234_000) })).toEqual(text(0, 1235));
      expect(await read({ since: new Date(base + 4990_000), until: new Date(base + 5010_000) })).toEqual(text(4990, 5011));
    });
  });

  it('counts a line that was written in parts as one', async () => {
    write('log', `${line(0)}${line(1, 'P')}${line(2, 'P')}${line(3)}${line(4)}`);
    expect(await read({ tail: 2 })).toEqual(['line 1', 'line 2', 'line 3\n', 'line 4\n']);
  });

  it('is followed through rotation and compression, to the end', async () => {
    write('log', lines(0, 10));
    const end = Promise.withResolvers<void>();
    const seen = read({ follow: true }, end.promise);
    let next = 10;
    for (let sequence = 1; sequence <= 12; sequence++) {
      appendFileSync(folder.current, lines(next, next + 50));
      await new Promise((resolve) => setTimeout(resolve, sequence % 3 ? 1 : 20));
      const rotated = `${folder.current}.${sequence}`;
      renameSync(folder.current, rotated);
      // The monitor writes on into the renamed file until it opens its new one.
      appendFileSync(rotated, lines(next + 50, next + 60));
      next += 60;
      write('log', '');
      if (sequence % 2) {
        write(`log.${sequence}.gz`, gzipSync(readFileSync(rotated)));
        rmSync(rotated);
      }
    }
    appendFileSync(folder.current, line(next));
    end.resolve();
    expect(await seen).toEqual(text(0, next + 1));
  });

  it('holds no line back that is complete, and none that is not', async () => {
    write('log', line(0).slice(0, 30));
    expect(await read()).toEqual([]);
    const stop = new AbortController();
    const entries = readLog(folder, { follow: true, signal: stop.signal }, new Promise(() => {}))[Symbol.asyncIterator]();
    const first = entries.next();
    appendFileSync(folder.current, line(0).slice(30));
    expect(Buffer.from((await first).value?.data ?? []).toString()).toBe('line 0\n');
    stop.abort();
    expect((await entries.next()).done).toBe(true);
  });

  it.skipIf(process.platform !== 'linux')('reads no more than it needs for the tail of a large one (counted in /proc)', async () => {
    const million = lines(0, 2000).repeat(250); // 500,000 lines, 25 MB
    write('log', million);
    const bytesRead = () => Number(/^rchar: (\d+)/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);
    const before = bytesRead();
    expect(await read({ tail: 10 })).toHaveLength(10);
    expect(bytesRead() - before).toBeLessThan(2_000_000);
  });
});
