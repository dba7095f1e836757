import { closeSync, openSync, readSync } from 'node:fs';
import { CaissonError } from '@caisson/core';
import { findProgram, installHint } from './programs.js';

/** A small init for `--init`. It runs inside the image, so only one that needs no libraries of its own will do. */
export function initProgram(wanted: string | undefined): string {
  for (const name of wanted === undefined ? ['tini-static', 'docker-init', 'catatonit', 'tini'] : [wanted]) {
    const path = findProgram(name);
    if (path !== undefined && (wanted !== undefined || isStatic(path))) return path;
  }
  throw new CaissonError('missing-dependency', wanted === undefined ? 'no static init (tini-static, catatonit) is installed, which --init needs' : `there is no init ${wanted}`, { hint: installHint(['tini']) });
}

const PT_INTERP = 3;

/** Whether a 64-bit or 32-bit ELF program names no loader (elf(5)). */
export function isStatic(path: string): boolean {
  const fd = openSync(path, 'r');
  try {
    const head = Buffer.alloc(4096);
    const size = readSync(fd, head, 0, head.length, 0);
    if (size < 64 || head.toString('latin1', 0, 4) !== '\x7fELF') return false;
    const wide = head[4] === 2;
    const [offset, entry, count] = wide ? [Number(head.readBigUInt64LE(32)), head.readUInt16LE(54), head.readUInt16LE(56)] : [head.readUInt32LE(28), head.readUInt16LE(42), head.readUInt16LE(44)];
    for (let index = 0; index < count && offset + (index + 1) * entry <= size; index++) if (head.readUInt32LE(offset + index * entry) === PT_INTERP) return false;
    return true;
  } finally {
    closeSync(fd);
  }
}
