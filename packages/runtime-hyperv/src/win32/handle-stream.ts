import { Socket } from 'node:net';
import { CaissonError } from '@caisson/core';
import { koffi, type NativeFunction } from './koffi.js';

export type HandleStream = Socket;

let openHandle: NativeFunction | undefined;

/** A descriptor for node:fs, whose closing closes the handle: to be called once for each handle. */
export function descriptorOf(handle: number | bigint): number {
  openHandle ??= koffi().load(null).func('int uv_open_osfhandle(intptr_t handle)');
  const fd = Number(openHandle(handle));
  if (fd < 0) throw new CaissonError('runtime-failed', 'a handle cannot be opened as a descriptor');
  return fd;
}

/**
 * A pipe's HANDLE as a stream, which from then on owns it: to be called once for each handle. Goes through libuv's own C runtime, since
 * descriptors of another one mean nothing to Node. It is used in one direction only: a pipe that cannot be read from breaks
 * when it is tried. Undefined for no handle.
 */
export function adoptHandle(handle: number | bigint, direction: 'read' | 'write'): HandleStream | undefined {
  if (!handle) return undefined;
  const stream = new Socket({ fd: descriptorOf(handle), readable: direction === 'read', writable: direction === 'write' });
  // The other end goes away with the process: that is the stream's end, not a failure.
  stream.on('error', () => {});
  return stream;
}
