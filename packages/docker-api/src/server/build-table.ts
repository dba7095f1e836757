import { ApiError, conflict } from './http/api-error.js';

/** Milliseconds that one half of a build with an uploaded context waits for the other. */
const patience = 5000;

interface Entry {
  readonly abort: AbortController;
  give: ((stream: AsyncIterable<Uint8Array>) => void) | undefined;
  readonly stream: Promise<AsyncIterable<Uint8Array>>;
  readonly ended: Promise<void>;
  end(): void;
}

/** The builds under way that have an ID of their client's choosing: by it they are cancelled, and given a context by another request. */
export class BuildTable {
  readonly #builds = new Map<string, Entry>();

  /** To be called with the ID as long as the build goes on. @throws ApiError 409 */
  begin(id: string): { readonly signal: AbortSignal; upload(): Promise<AsyncIterable<Uint8Array>>; end(): void } {
    const entry = this.#entry(id);
    if (entry.abort.signal.aborted) throw conflict(`the build ${id.slice(0, 100)} has been cancelled`);
    return {
      signal: entry.abort.signal,
      upload: () => inTime(entry.stream, 'the context was not uploaded in time'),
      end: () => {
        this.#builds.delete(id);
        entry.end();
      },
    };
  }

  /** Hands a context to the build of this ID, which may begin a little later; resolves when that has ended. */
  async upload(id: string, stream: AsyncIterable<Uint8Array>): Promise<void> {
    const entry = this.#entry(id);
    entry.give?.(stream);
    entry.give = undefined;
    await entry.ended;
  }

  /** Quietly nothing for an ID that no build has. */
  cancel(id: string): void {
    this.#builds.get(id)?.abort.abort(new Error('the build was cancelled'));
  }

  #entry(id: string): Entry {
    const known = this.#builds.get(id);
    if (known) return known;
    const { promise: stream, resolve: give } = Promise.withResolvers<AsyncIterable<Uint8Array>>();
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const entry: Entry = { abort: new AbortController(), give, stream, ended, end };
    this.#builds.set(id, entry);
    return entry;
  }
}

async function inTime<T>(promise: Promise<T>, problem: string): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new ApiError(400, problem)), patience);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
