import { callAsync, koffi, loadLibrary, type NativeFunction } from '../win32/koffi.js';
import { libraryPaths, type LibraryPaths } from '../win32/library-paths.js';
import { hcsError } from './hcs-error.js';
import { hresult } from './hresult.js';
import { prototypes, type FunctionName } from './signatures.js';

export interface CallOutcome {
  readonly code: number;
  /** The result document, where there is one. */
  readonly result: string | undefined;
}

/**
 * vmcompute.dll. Each call runs on a thread of libuv's pool: the service may take its time, and Close and Unregister wait for callbacks that
 * in turn wait for the event loop.
 */
export class VmCompute {
  readonly paths: LibraryPaths;
  readonly #library: ReturnType<typeof loadLibrary>;
  readonly #free: NativeFunction;
  readonly #functions = new Map<string, NativeFunction>();

  /** @throws CaissonError `missing-dependency` where the Windows feature Containers is off. */
  constructor(paths: LibraryPaths) {
    this.paths = paths;
    declareTypes();
    this.#library = loadLibrary(paths.vmcompute);
    this.#free = loadLibrary(paths.ole32).func('void CoTaskMemFree(void *memory)');
  }

  /** Gives the HRESULT, unsigned. */
  async raw(name: FunctionName, ...values: unknown[]): Promise<number> {
    let native = this.#functions.get(name);
    if (!native) this.#functions.set(name, (native = this.#library.func(`uint32_t ${name}${prototypes[name]}`)));
    return (Number(await callAsync(native, ...values)) >>> 0);
  }

  /** Calls a function whose last parameter is a result document. */
  async call(name: FunctionName, ...values: unknown[]): Promise<CallOutcome> {
    const result: [unknown] = [null];
    const code = await this.raw(name, ...values, result);
    return { code, result: this.take(result) };
  }

  /** @throws CaissonError by the HRESULT; a pending operation is none. */
  async checked(doing: string, name: FunctionName, ...values: unknown[]): Promise<CallOutcome> {
    const outcome = await this.call(name, ...values);
    if (outcome.code !== hresult.ok && outcome.code !== hresult.pending) throw hcsError(outcome.code, outcome.result, doing);
    return outcome;
  }

  /** As `checked`, for functions without a result document. */
  async checkedRaw(doing: string, name: FunctionName, ...values: unknown[]): Promise<void> {
    const code = await this.raw(name, ...values);
    if (code !== hresult.ok) throw hcsError(code, undefined, doing);
  }

  /** The text that a function left at `into`, which is freed. */
  take(into: readonly [unknown]): string | undefined {
    const [memory] = into;
    if (memory === null || memory === undefined) return undefined;
    try {
      return String(koffi().decode(memory, 'char16_t', -1));
    } finally {
      this.#free(memory);
    }
  }
}

let declared = false;

function declareTypes(): void {
  if (declared) return;
  declared = true;
  const { proto, struct, array } = koffi();
  proto('void HcsNotification(uint32_t type, intptr_t context, int32_t status, str16 data)');
  struct('HcsProcessInformation', { pid: 'uint32_t', reserved: 'uint32_t', stdin: 'intptr_t', stdout: 'intptr_t', stderr: 'intptr_t' });
  struct('LayerDriver', { flavour: 'uint64_t', home: 'str16' });
  struct('LayerDescriptor', { id: array('uint8_t', 16), flags: 'uint32_t', path: 'str16' });
}

const open = new Map<string, VmCompute>();

/** One instance for each DLL of this process. */
export function openVmCompute(given: Partial<LibraryPaths> = {}): VmCompute {
  const paths = libraryPaths(given);
  const key = JSON.stringify(paths);
  let found = open.get(key);
  if (!found) open.set(key, (found = new VmCompute(paths)));
  return found;
}
