import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readdirSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogFolder } from '../../../src/engine/logging/log-folder.js';
import { LogKeeper } from '../../../src/engine/logging/log-keeper.js';
import { LogShipper } from '../../../src/engine/logging/log-shipper.js';
import { readLog } from '../../../src/engine/logging/read-log.js';
import type { LogSettings } from '../../../src/engine/logging/settings.js';
import type { LogEntry } from '../../../src/index.js';
import { fakeContainer } from './fake-container.js';

const line = (index: number) => `2026-01-01T00:00:00.000000000+00:00 stdout F line ${index}\n`;

/** Writes as conmon does: into the file that it has open, until it is told to open a new one. */
class Monitor {
  readonly #folder: LogFolder;
  #file: number;
  #count = 0;
  #begun = 0;

  constructor(folder: LogFolder) {
    this.#folder = folder;
    this.#file = openSync(folder.current, 'a');
  }

  get count(): number {
    return this.#count;
  }

  /** How many new files it has begun. */
  get begun(): number {
    return this.#begun;
  }

  write(lines: number): void {
    for (let last = this.#count + lines; this.#count < last; this.#count++) writeSync(this.#file, line(this.#count));
  }

  /** conmon opens its new file aside, and then renames it into place. */
  reopen(): void {
    closeSync(this.#file);
    this.#file = openSync(`${this.#folder.current}.tmp`, 'w');
    renameSync(`${this.#folder.current}.tmp`, this.#folder.current);
    this.#begun++;
  }

  close(): void {
    closeSync(this.#file);
  }
}

describe('a log keeper', () => {
  let folder: LogFolder;
  let monitor: Monitor;
  beforeEach(() => {
    folder = new LogFolder(mkdtempSync(join(tmpdir(), 'caisson-keeper-')));
    monitor = new Monitor(folder);
  });
  afterEach(() => {
    monitor.close();
    rmSync(folder.path, { recursive: true, force: true });
  });

  const settings = (more: Partial<LogSettings> = {}): LogSettings => ({ driver: 'json-file', kept: 'files', maxSize: 5000, maxFiles: 100, compress: false, ...more });
  const texts = async () => (await Array.fromAsync(readLog(folder, {}, Promise.resolve()))).map(({ data }) => Buffer.from(data).toString());
  const all = (count: number) => Array.from({ length: count }, (_, index) => `line ${index}\n`);

  async function keep(more: Partial<LogSettings>, during: () => Promise<void>, reopen: () => void = () => monitor.reopen()): Promise<void> {
    const stop = new AbortController();
    const done = new LogKeeper(folder, settings(more), reopen).run(stop.signal);
    await during();
    stop.abort();
    await done;
  }

  it.each([false, true])('rotates without losing a line (compress: %s)', async (compress) => {
    await keep({ compress }, async () => {
      for (let round = 0; round < 8; round++) {
        monitor.write(150);
        await expect.poll(() => monitor.begun).toBe(round + 1);
      }
    });
    const names = readdirSync(folder.path).filter((name) => name.startsWith('log.'));
    expect(names.length).toBeGreaterThan(3);
    expect(names.every((name) => name.endsWith('.gz') === compress)).toBe(true);
    expect(await texts()).toEqual(all(monitor.count));
  });

  it('keeps as many files as it is to, the latest', async () => {
    await keep({ maxFiles: 3 }, async () => {
      for (let round = 0; round < 8; round++) {
        monitor.write(150);
        await expect.poll(() => monitor.begun).toBe(round + 1);
      }
    });
    expect(readdirSync(folder.path).filter((name) => name.startsWith('log')).length).toBeLessThanOrEqual(3);
    const kept = await texts();
    expect(kept).toEqual(all(monitor.count).slice(-kept.length));
    expect(kept.at(-1)).toBe(`line ${monitor.count - 1}\n`);
  });

  it('completes what a killed one has begun', async () => {
    monitor.write(10);
    renameSync(folder.current, `${folder.current}.1`); // killed before the monitor was told
    writeFileSync(`${folder.current}.1.gz.part`, 'half');
    monitor.write(10);
    await keep({}, async () => {
      while (!existsSync(folder.current)) await sleep(20);
      monitor.write(10);
    });
    expect(await texts()).toEqual(all(30));
    expect(existsSync(`${folder.current}.1.gz.part`)).toBe(false);
  });

  it('tells the monitor once, though it takes its time', async () => {
    let told = 0;
    monitor.write(150);
    await keep({}, () => sleep(700), () => {
      told++;
      setTimeout(() => monitor.reopen(), 400);
    });
    expect(told).toBe(1);
  });
});

describe('a log shipper', () => {
  it('sends all of a log, again after failures, and goes on where another stopped', async () => {
    const folder = new LogFolder(mkdtempSync(join(tmpdir(), 'caisson-shipper-')));
    const sent: string[] = [];
    let failures = 2;
    const driver = {
      name: 'test',
      options: [],
      check() {},
      async open() {
        return {
          async write(entries: readonly LogEntry[]) {
            if (failures-- > 0) throw new Error('away');
            sent.push(...entries.map(({ data }) => Buffer.from(data).toString()));
          },
          async [Symbol.asyncDispose]() {},
        };
      },
    };
    try {
      for (let index = 0; index < 20; index++) appendFileSync(folder.current, line(index));
      await new LogShipper(folder, driver, fakeContainer({})).run(Promise.resolve(), new AbortController().signal);
      expect(sent).toHaveLength(20);
      renameSync(folder.current, `${folder.current}.1`);
      for (let index = 20; index < 25; index++) appendFileSync(folder.current, line(index));
      await new LogShipper(folder, driver, fakeContainer({})).run(Promise.resolve(), new AbortController().signal);
      expect(sent).toEqual(Array.from({ length: 25 }, (_, index) => `line ${index}\n`));
    } finally {
      rmSync(folder.path, { recursive: true, force: true });
    }
  });
});
