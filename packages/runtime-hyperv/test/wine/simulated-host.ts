import { randomBytes } from 'node:crypto';
import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerSpec } from '@caisson/core';
import type { RuntimeHarness } from '@caisson/core/testing';
import { HypervRuntime } from '../../src/hyperv-runtime.js';
import type { HypervOptions } from '../../src/options.js';
import type { Isolation } from '../../src/host/isolation.js';

/** The simulated host that the DLL of test/host makes, as the cases see it. */
const folder = process.env['CAISSON_TEST_FOLDER'] ?? '.';
const state = process.env['SIMULATED_HOST'] ?? '.';

export const libraries = { vmcompute: process.env['CAISSON_TEST_LIBRARY'] ?? '', backup: process.env['CAISSON_TEST_LIBRARY'] ?? '' };
export const runRoot = join(folder, 'run');
export const helper = [process.execPath, join(folder, 'helper.mjs')];

export const options: HypervOptions = {
  runRoot,
  credentialFolder: join(folder, 'credentials'),
  libraries,
  helper,
  host: { version: { major: 10, minor: 0, build: 20348, revision: 2227 }, server: true, hyperv: true },
  // Never reached on a machine that is only slow; what is to be waited for in vain is given `impatient`.
  timeouts: { start: 120_000, stop: 120_000 },
};

/** Milliseconds, for what never comes. */
export const impatient = { start: 1000, stop: 1000 };

/** Makes calls fail until `noFaults`: names of functions, or of the simulation's own faults, and HRESULTs. */
export function faults(...wanted: readonly (readonly [name: string, code?: number])[]): void {
  writeFileSync(join(state, 'faults.txt'), wanted.map(([name, code = 0]) => `${name} ${code.toString(16)}\n`).join(''));
}

/** Files that the host may have open are emptied or read on, never removed: Windows refuses that. */
export function noFaults(): void {
  writeFileSync(join(state, 'faults.txt'), '');
}

let told = 0;

/** What was called since the last time, one line each: the function, and what it was about. */
export function calls(): string[] {
  const fresh = readBytes(join(state, 'calls.log')).subarray(told);
  const end = fresh.lastIndexOf('\n') + 1;
  told += end;
  return fresh.toString('utf8', 0, end).split('\n').filter(Boolean);
}

/** IDs of the systems that there are. */
export function systems(): string[] {
  return readdirSync(join(state, 'systems'));
}

/** A system that another process has left. */
export function leaveSystem(id: string, owner = 'caisson'): void {
  appendFileSync(join(state, 'systems', id), `${owner} Running\n`);
}

function readBytes(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    return Buffer.alloc(0);
  }
}

const base = join(folder, 'layers', 'base');

/** A container of its own with a scratch layer, on a base layer that has a utility VM. */
export function spec(isolation: Isolation): RuntimeHarness['spec'] {
  return async (process, more = {}): Promise<ContainerSpec> => {
    const id = randomBytes(16).toString('hex');
    const scratch = join(folder, 'layers', id);
    mkdirSync(join(base, 'UtilityVM', 'Files'), { recursive: true });
    mkdirSync(join(base, 'Files'), { recursive: true });
    return {
      id,
      isolation,
      rootfs: [{ type: 'windows-layer', source: scratch, options: ['rw', `parent=${base}`] }],
      process: { env: ['PATH=C:\\Windows\\System32'], cwd: 'C:\\', user: '', terminal: false, stdin: false, ...process },
      mounts: [],
      resources: {},
      security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
      ...more,
    };
  };
}

export function openRuntime(more: Partial<HypervOptions> = {}): HypervRuntime {
  return new HypervRuntime({ ...options, ...more });
}
