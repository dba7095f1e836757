import { connect, type Socket } from 'node:net';
import { CaissonError, systemCode, type CallOptions } from '@caisson/core';
import type { MonitorRecord } from '../container/container-folder.js';
import { encodeJson, frame, FrameReader } from './frames.js';
import { toError, type ErrorRecord, type MonitorRequest } from './messages.js';
import { RemoteProcess, type RemoteProcessOptions } from './remote-process.js';

type Address = Pick<MonitorRecord, 'pipe' | 'token'>;

/** The monitor is not there, or went away before it had answered. */
class MonitorGone extends Error {}

/** Undefined where the monitor has gone. @throws CaissonError that the monitor answers; `cancelled` */
export async function ask<T>(to: Address, request: MonitorRequest, { signal }: CallOptions = {}): Promise<T | undefined> {
  const socket = connect(to.pipe);
  try {
    return await new Promise<T>((resolve, reject) => {
      const cancel = () => reject(new CaissonError('cancelled', 'cancelled', { cause: signal?.reason }));
      if (signal?.aborted) return cancel();
      signal?.addEventListener('abort', cancel, { once: true });
      socket.once('close', () => {
        signal?.removeEventListener('abort', cancel);
        reject(new MonitorGone());
      });
      first(socket, to, request, (value) => resolve(value as T), reject);
    });
  } catch (error) {
    if (error instanceof MonitorGone) return undefined;
    throw error;
  } finally {
    socket.destroy();
  }
}

/** Opens a session; undefined where the monitor has gone. @throws CaissonError that the monitor answers */
export async function openSession(to: Address, request: MonitorRequest, options: RemoteProcessOptions): Promise<RemoteProcess | undefined> {
  const socket = connect(to.pipe);
  try {
    return await new Promise<RemoteProcess>((resolve, reject) => {
      socket.once('close', () => reject(new MonitorGone()));
      first(socket, to, request, () => {
        const process = new RemoteProcess(socket, options);
        resolve(process);
        return (type, data) => process.take(type, data);
      }, reject);
    });
  } catch (error) {
    socket.destroy();
    if (error instanceof MonitorGone) return undefined;
    throw error;
  }
}

/** A connection that tells the monitor that we live, for as long as we do. It does not keep the process alive. */
export async function hold(to: Address): Promise<Socket | undefined> {
  const socket = connect(to.pipe);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once('close', () => reject(new MonitorGone()));
      first(socket, to, { op: 'supervise' }, () => resolve(), reject);
    });
    socket.unref();
    return socket;
  } catch (error) {
    socket.destroy();
    if (error instanceof MonitorGone) return undefined;
    throw error;
  }
}

type Taker = (type: number, data: Buffer) => void;

/** Sends the request; the first frame is its answer, and what `onOk` returns takes those that follow it. */
function first(socket: Socket, to: Address, request: MonitorRequest, onOk: (value: unknown) => Taker | void, onError: (error: Error) => void): void {
  let next: Taker | undefined;
  let answered = false;
  const reader = new FrameReader((type, data) => {
    if (answered) return next?.(type, data);
    answered = true;
    if (type === frame.ok) next = onOk(JSON.parse(data.toString())) ?? undefined;
    else if (type === frame.error) onError(toError(JSON.parse(data.toString()) as ErrorRecord));
  });
  socket.on('data', (chunk: Buffer) => {
    try {
      reader.push(chunk);
    } catch (error) {
      onError(error as Error);
      socket.destroy();
    }
  });
  socket.on('error', (error) => {
    // Nobody listens, or the listener is just going (which has no name of its own): 'close' follows.
    if (!['ENOENT', 'UNKNOWN', 'ECONNREFUSED', 'EPIPE', 'ECONNRESET', 'EOF'].includes(systemCode(error) ?? '')) onError(new CaissonError('runtime-failed', `the monitor’s pipe cannot be used: ${error.message}`, { cause: error }));
  });
  socket.write(encodeJson(frame.request, { ...request, token: to.token }));
}
