import { createRequire } from 'node:module';
import { existsSync } from 'node:fs';
import { CaissonError } from '@caisson/core';
import type * as KoffiModule from 'koffi';

export type Koffi = typeof KoffiModule;
export type Library = ReturnType<Koffi['load']>;
export type NativeFunction = ReturnType<Library['func']>;

let loaded: Koffi | undefined;

/** koffi, loaded when it is first needed: it takes some ten milliseconds. */
export function koffi(): Koffi {
  return (loaded ??= createRequire(import.meta.url)('koffi') as Koffi);
}

/** @throws CaissonError `missing-dependency` that names the library and what brings it. */
export function loadLibrary(path: string): Library {
  try {
    return koffi().load(path);
  } catch (error) {
    const isThere = existsSync(path);
    throw new CaissonError('missing-dependency', `${path} ${isThere ? 'cannot be loaded' : 'is not there'}`, {
      cause: error,
      ...(path.toLowerCase().endsWith('vmcompute.dll') ? { hint: 'turn the Windows feature Containers on: Enable-WindowsOptionalFeature -Online -FeatureName Containers' } : {}),
    });
  }
}

/** Calls a function on a thread of libuv's pool. It must not wait for long: there are four of them. */
export function callAsync(native: NativeFunction, ...values: unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    native.async(...values, (error: Error | null, result: unknown) => (error ? reject(error) : resolve(result)));
  });
}
