import type { Attributes, Typed } from './solve-request.js';
import type { Status } from './trace.js';

/** What a client's own front end asked for, and gave back as the result to export. */
export interface GatewaySolve {
  readonly frontend: string;
  readonly attributes: Attributes;
  readonly cacheImports: readonly Typed[];
}

/**
 * One solve, which a client refers to from several calls: it starts it, follows its status, and may say by the gateway what to solve. Calls
 * may come in any order.
 */
export class SolveState {
  readonly #told: Status[] = [];
  readonly #results: GatewaySolve[] = [];
  readonly returned = Promise.withResolvers<GatewaySolve>();
  #ended = false;
  #wake: (() => void)[] = [];

  constructor() {
    this.returned.promise.catch(() => {});
  }

  tell(status: Status): void {
    this.#told.push(status);
    this.#wakeAll();
  }

  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }

  /** All that is told, from the beginning to the end. */
  async *follow(signal: AbortSignal): AsyncGenerator<Status, void> {
    const stop = () => this.#wakeAll();
    signal.addEventListener('abort', stop);
    try {
      for (let at = 0; !signal.aborted; ) {
        const status = this.#told[at];
        if (status) {
          at++;
          yield status;
        } else if (this.#ended) return;
        else await new Promise<void>((resolve) => this.#wake.push(resolve));
      }
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }

  /** The ID of a result that can be returned. */
  keep(solve: GatewaySolve): string {
    return String(this.#results.push(solve));
  }

  result(id: string): GatewaySolve | undefined {
    return this.#results[Number(id) - 1];
  }
}

/** Solves that nobody asks for any more are forgotten, the oldest first. */
const kept = 100;

export class SolveTable {
  readonly #solves = new Map<string, SolveState>();

  get(ref: string): SolveState {
    let state = this.#solves.get(ref);
    if (state) return state;
    state = new SolveState();
    this.#solves.set(ref, state);
    const [oldest] = this.#solves.keys();
    if (this.#solves.size > kept && oldest !== undefined) this.#solves.delete(oldest);
    return state;
  }
}
