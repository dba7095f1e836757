import type { Digest, Mount } from '@caisson/core';
import type { Execution } from '../host.js';

/** A snapshot mounted on the host until it is disposed. */
export interface HeldMount extends AsyncDisposable {
  readonly path: string;
}

/** Keeps mounts up beyond one call of `mounted`. */
export async function hold(execution: Execution, mounts: readonly Mount[]): Promise<HeldMount> {
  const released = Promise.withResolvers<void>();
  const path = Promise.withResolvers<string>();
  const whole = execution.mounted(mounts, (at) => {
    path.resolve(at);
    return released.promise;
  });
  whole.catch((error: unknown) => path.reject(error));
  return {
    path: await path.promise,
    [Symbol.asyncDispose]: async () => {
      released.resolve();
      await whole;
    },
  };
}

/** A committed snapshot mounted: to be read, or as a copy that may be written to and is thrown away. */
export async function holdSnapshot(execution: Execution, key: string, chain: Digest, readonly: boolean): Promise<HeldMount> {
  const { snapshotter } = execution;
  const mounts = readonly ? await snapshotter.view(key, chain) : await snapshotter.prepare(key, chain);
  try {
    const held = await hold(execution, mounts);
    return {
      path: held.path,
      [Symbol.asyncDispose]: async () => {
        await held[Symbol.asyncDispose]();
        await snapshotter.remove(key);
      },
    };
  } catch (error) {
    await snapshotter.remove(key);
    throw error;
  }
}
