import { spawnSync } from 'node:child_process';
import { randomBytes, randomInt } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const claims = join(tmpdir(), `caisson-test-subnets-${process.getuid?.() ?? 0}`);
/** The second byte of 10.x.0.0/16: apart from what Caisson chooses by itself (10.72–10.79 and 10.172–10.179) and most others do. */
const candidates = Array.from({ length: 120 }, (_, index) => 128 + index).filter((second) => second < 172 || second > 179);

/**
 * What of the host's network a test may use as it likes: a /16 that no route of the host leads to and no other test has, though it may run at
 * the same time on the same machine. It is claimed by a file, until it is disposed of.
 */
export class OwnNetwork implements Disposable {
  /** `10.N`, the first two bytes of its /16. */
  readonly prefix: string;
  /** The same for a regular expression. */
  readonly pattern: string;
  /** `fdNN:NNNN`, a /32 of private IPv6 addresses. */
  readonly prefix6: string;
  readonly #claim: string;
  #released = false;

  constructor() {
    mkdirSync(claims, { recursive: true });
    const routed = routes();
    const free = candidates.filter((second) => !routed.some((route) => overlaps(route, second)));
    const start = randomInt(candidates.length);
    const order = [...candidates.slice(start), ...candidates.slice(0, start)].filter((second) => free.length === 0 || free.includes(second));
    const second = order.find((one) => claim(one)) ?? order.find((one) => takeOver(one));
    if (second === undefined) throw new Error(`all private subnets of this host are taken: see ${claims}`);
    this.#claim = claimOf(second);
    process.once('exit', () => this[Symbol.dispose]()); // also where a test failed before it came to that
    this.prefix = `10.${second}`;
    this.pattern = `10\\.${second}`;
    const bytes = randomBytes(3).toString('hex');
    this.prefix6 = `fd${bytes.slice(0, 2)}:1${bytes.slice(2, 5)}`;
  }

  [Symbol.dispose](): void {
    if (!this.#released) rmSync(this.#claim, { force: true });
    this.#released = true;
  }
}

const tag = randomBytes(3).toString('hex');

/** A name for an interface that no other test has; `name` has nine letters at most. */
export const ownLink = (name: string): string => `${name}${tag}`;

const claimOf = (second: number) => join(claims, String(second));

function claim(second: number): boolean {
  try {
    writeFileSync(claimOf(second), String(process.pid), { flag: 'wx' });
    return true;
  } catch {
    return false;
  }
}

/** Where whoever had it was killed. */
function takeOver(second: number): boolean {
  try {
    if (existsSync(`/proc/${readFileSync(claimOf(second), 'utf8')}`)) return false;
    rmSync(claimOf(second));
  } catch {
    return false; // another was quicker
  }
  return claim(second);
}

interface Route {
  readonly base: number;
  readonly prefix: number;
}

function routes(): Route[] {
  const text = ['route show table all', 'addr'].map((what) => spawnSync('ip', ['-4', ...what.split(' ')], { encoding: 'utf8' }).stdout).join('\n');
  return [...text.matchAll(/\b10\.(\d+)\.\d+\.\d+(?:\/(\d+))?/g)].map(([, second, prefix]) => ({ base: Number(second), prefix: Number(prefix ?? '32') }));
}

function overlaps({ base, prefix }: Route, second: number): boolean {
  if (prefix >= 16) return base === second;
  const mask = (0xff << (16 - prefix)) & 0xff;
  return (base & mask) === (second & mask);
}

/** Below those that the kernel gives to whoever asks for any: no connection that is made meanwhile comes from it. */
export async function freePort(): Promise<number> {
  for (let tries = 0; ; tries++) {
    const port = randomInt(20_000, 32_768);
    try {
      const server = createServer().listen(port, '0.0.0.0');
      await once(server, 'listening');
      server.close();
      await once(server, 'close');
      return port;
    } catch (error) {
      if (tries === 100) throw error;
    }
  }
}
