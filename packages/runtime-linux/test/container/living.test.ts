import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfIdentity } from '@caisson/core';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ContainerFolder } from '../../src/container/folder.js';
import { livingState } from '../../src/living.js';

const id = 'abc';
let runRoot: string;

beforeEach(() => {
  runRoot = mkdtempSync(join(tmpdir(), 'caisson-living-'));
});
afterEach(() => rmSync(runRoot, { recursive: true, force: true }));

/** A container whose first process is this very process, unless told otherwise. */
function write(more: object = {}): void {
  const folder = ContainerFolder.of(runRoot, id);
  mkdirSync(folder.path, { recursive: true });
  const user = { wanted: '', uid: 0, gid: 0, additionalGids: [] };
  folder.write({ id, ociRuntime: '/usr/bin/runc', terminal: false, stdin: false, user, cgroupPath: `/caisson-living-${process.pid}`, maker: selfIdentity(), pid: selfIdentity(), ...more });
}

it('tells of a container that lives what the runtime would', () => {
  write();
  expect(livingState(runRoot, id)).toEqual({ status: 'running', pid: process.pid });
});

it('tells of one that waits to be started, where its OCI runtime keeps its state', () => {
  write();
  mkdirSync(join(runRoot, 'runc', id), { recursive: true });
  writeFileSync(join(runRoot, 'runc', id, 'exec.fifo'), '');
  expect(livingState(runRoot, id)).toEqual({ status: 'created', pid: process.pid });
  write({ ociRuntime: '/opt/crun' });
  expect(livingState(runRoot, id)?.status).toBe('running');
});

it('leaves to the runtime what has ended, is being made, or is below cgroups of its own', () => {
  expect(livingState(runRoot, id)).toBeUndefined();
  write({ pid: { ...selfIdentity(), started: 1 } });
  expect(livingState(runRoot, id)).toBeUndefined();
  write({ pid: undefined });
  expect(livingState(runRoot, id)).toBeUndefined();
  write({ delegated: { kind: 'unified', controllers: {} } });
  expect(livingState(runRoot, id)).toBeUndefined();
});

it('refuses an ID that is no file name', () => {
  expect(() => livingState(runRoot, '../abc')).toThrow('not a container ID');
});
