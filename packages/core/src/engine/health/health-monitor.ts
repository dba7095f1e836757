import { setTimeout as sleep } from 'node:timers/promises';
import type { Healthcheck } from '../../model/image-config.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { ContainerRecord, ContainerTable, HealthState } from '../containers/record.js';
import { eventAttributes } from '../containers/lifecycle.js';
import type { EventLog } from '../events.js';
import { afterProbe, startingHealth, waitBeforeProbe } from './health-state.js';
import { probe } from './probe.js';

/** Checks one running container again and again. All it knows is in the container's record, so that another process can go on with it. */
export class HealthMonitor {
  readonly #runtime: Runtime;
  readonly #table: ContainerTable;
  readonly #events: EventLog;
  readonly #container: ContainerRecord;
  readonly #check: Healthcheck;

  constructor(runtime: Runtime, table: ContainerTable, events: EventLog, container: ContainerRecord, check: Healthcheck) {
    this.#runtime = runtime;
    this.#table = table;
    this.#events = events;
    this.#container = container;
    this.#check = check;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { id } = this.#container;
    for (;;) {
      const health = this.#now();
      if (!health) return;
      await sleep(waitBeforeProbe(this.#check, health, this.#startedAt, Date.now()), undefined, { signal }).catch(() => {});
      if (signal.aborted) return;
      // Nothing runs in a frozen container, and a check would wait in vain.
      const state = await this.#runtime.state(id).catch(() => undefined);
      if (state?.status === 'paused') {
        await sleep(Math.max(1000, waitBeforeProbe(this.#check, { ...health, log: [] }, Date.now(), Date.now())), undefined, { signal }).catch(() => {});
        continue;
      }
      const result = await probe(this.#runtime, this.#container, this.#check, signal);
      if (!result || signal.aborted) return;
      this.#record(result);
    }
  }

  get #startedAt(): number {
    return Date.parse(this.#container.state.startedAt ?? '');
  }

  /** Undefined when it does not run any more, or has been started again since. */
  #now(): HealthState | undefined {
    const record = this.#table.byId(this.#container.id);
    const same = record && (record.status === 'running' || record.status === 'paused') && record.state.startedAt === this.#container.state.startedAt;
    return same ? (record.state.health ?? startingHealth) : undefined;
  }

  #record(result: NonNullable<Awaited<ReturnType<typeof probe>>>): void {
    const before = this.#now();
    if (!before) return;
    const health = afterProbe(this.#check, before, result, this.#startedAt);
    this.#table.change(this.#container.id, { health });
    if (health.status !== before.status) this.#events.record('container', `health_status: ${health.status}`, this.#container.id, eventAttributes(this.#container));
  }
}
