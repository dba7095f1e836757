import { createHash } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { BuildEvent, BuildStepInfo, Progress } from '@caisson/core';
import type { StatusResponseSchema, VertexSchema } from './pb/status_pb.js';

export type Status = MessageInitShape<typeof StatusResponseSchema>;

/** Tells how far a part of a vertex has come; with `done` it is over. */
export type TellProgress = (id: string, current?: number, total?: number, done?: boolean) => void;

interface VertexState {
  readonly digest: string;
  readonly name: string;
  readonly inputs: readonly string[];
  started: Date;
  cached: boolean;
  readonly parts: Map<string, Date>;
}

const now = () => timestampFromDate(new Date());

/** Tells a build as BuildKit does: vertices with their times, logs and progress. What is said goes to `send`, in order. */
export class BuildTrace {
  readonly #send: (status: Status) => void;
  readonly #salt: string;
  readonly #vertices = new Map<string, VertexState>();
  /** Of the last step that has begun: what warnings are told under. */
  #latest: VertexState | undefined;

  /** @param salt the build's own: vertices of different builds are different ones */
  constructor(salt: string, send: (status: Status) => void) {
    this.#salt = salt;
    this.#send = send;
  }

  event(event: BuildEvent): void {
    switch (event.type) {
      case 'stage':
        this.#stage(event.steps);
        break;
      case 'started':
        this.#start(this.#of(event.step));
        break;
      case 'output':
        this.#known(event.step, ({ digest }) => this.#send({ logs: [{ vertex: digest, timestamp: now(), stream: event.stream === 'stderr' ? 2n : 1n, msg: Buffer.from(event.text) }] }));
        break;
      case 'note':
        this.#known(event.step, (vertex) => this.#part(vertex, event.message, { done: true }));
        break;
      case 'progress':
        this.#known(event.step, (vertex) => this.#progress(vertex, event.progress));
        break;
      case 'done':
        this.#known(event.step, (vertex) => {
          vertex.cached = event.cached;
          this.#complete(vertex);
        });
        break;
      case 'failed':
        this.#known(event.step, (vertex) => this.#complete(vertex, event.message));
        break;
      case 'warning':
        this.#warn(event.message);
        break;
      case 'hit':
      case 'miss': // why is told by `caisson build --explain`
      case 'skipped':
        break;
    }
  }

  /** A part of the work that is no instruction: `[internal] load build context`. */
  async internal<T>(name: string, run: (progress: TellProgress) => Promise<T>): Promise<T> {
    const vertex = this.#make(`internal ${name}`, name, []);
    this.#start(vertex);
    try {
      const result = await run((id, current, total, done = false) => this.#part(vertex, id, { ...(current === undefined ? {} : { current }), ...(total === undefined ? {} : { total }), done }));
      this.#complete(vertex);
      return result;
    } catch (error) {
      this.#complete(vertex, error instanceof Error ? error.message : String(error));
      throw error;
    }
  }

  #stage(steps: readonly BuildStepInfo[]): void {
    let before: string[] = [];
    const vertexes: MessageInitShape<typeof VertexSchema>[] = [];
    for (const step of steps) {
      const vertex = this.#make(step.id, step.title, before);
      vertexes.push({ digest: vertex.digest, name: vertex.name, inputs: before });
      before = [vertex.digest];
    }
    this.#send({ vertexes });
  }

  #of(step: BuildStepInfo): VertexState {
    return this.#vertices.get(step.id) ?? this.#make(step.id, step.title, []);
  }

  #make(id: string, name: string, inputs: readonly string[]): VertexState {
    const digest = `sha256:${createHash('sha256').update(`${this.#salt}\0${id}`).digest('hex')}`;
    const vertex: VertexState = { digest, name, inputs, started: new Date(), cached: false, parts: new Map() };
    this.#vertices.set(id, vertex);
    return vertex;
  }

  #known(id: string, tell: (vertex: VertexState) => void): void {
    const vertex = this.#vertices.get(id);
    if (vertex) tell(vertex);
  }

  #start(vertex: VertexState): void {
    vertex.started = new Date();
    this.#latest = vertex;
    this.#send({ vertexes: [this.#describe(vertex)] });
  }

  #complete(vertex: VertexState, error?: string): void {
    this.#send({ vertexes: [{ ...this.#describe(vertex), completed: now(), ...(error === undefined ? {} : { error }) }] });
  }

  #describe({ digest, name, inputs, started, cached }: VertexState): MessageInitShape<typeof VertexSchema> {
    return { digest, name, inputs: [...inputs], started: timestampFromDate(started), cached };
  }

  #progress(vertex: VertexState, { id, status, current, total }: Progress): void {
    const done = total !== undefined && current !== undefined && current >= total;
    this.#part(vertex, `${status} ${id}`, { ...(current === undefined ? {} : { current }), ...(total === undefined ? {} : { total }), done });
  }

  #part(vertex: VertexState, id: string, { current = 0, total = 0, done }: { readonly current?: number; readonly total?: number; readonly done: boolean }): void {
    const started = vertex.parts.get(id) ?? new Date();
    vertex.parts.set(id, started);
    this.#send({ statuses: [{ id, vertex: vertex.digest, name: id, current: BigInt(current), total: BigInt(total), timestamp: now(), started: timestampFromDate(started), ...(done ? { completed: now() } : {}) }] });
  }

  #warn(message: string): void {
    const vertex = this.#latest ?? this.#make('internal warnings', '[internal] warnings', []);
    this.#send({ warnings: [{ vertex: vertex.digest, level: 1n, short: Buffer.from(message) }] });
  }
}
