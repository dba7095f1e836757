import { fork, type ChildProcess } from 'node:child_process';
import { CaissonError } from '@caisson/core';
import type { RegistryAnswer, RegistryQuestion } from './protocol.js';

/** How long the process stays when it is asked nothing, in milliseconds. */
const idle = 60_000;

interface Waiting {
  resolve(values: readonly string[]): void;
  reject(error: Error): void;
}

/** Asks registries, through a process that begins with the first question and ends when there have been none for a while. */
export class RegistryProcess {
  readonly #script: string;
  #child: ChildProcess | undefined;
  #timer: NodeJS.Timeout | undefined;
  #number = 0;
  readonly #waiting = new Map<number, Waiting>();

  constructor(script: string) {
    this.#script = script;
  }

  /** @throws CaissonError `unavailable` with what the registry or the network said */
  ask(question: RegistryQuestion): Promise<readonly string[]> {
    const child = (this.#child ??= this.#start());
    clearTimeout(this.#timer);
    const number = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(number, { resolve, reject });
      child.send({ ...question, number });
    });
  }

  dispose(): void {
    clearTimeout(this.#timer);
    this.#child?.disconnect();
    this.#child = undefined;
  }

  #start(): ChildProcess {
    const child = fork(this.#script, { execArgv: [], stdio: 'ignore', serialization: 'json', env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' } });
    child.on('message', (answer: RegistryAnswer) => this.#take(answer));
    const gone = () => {
      if (this.#child === child) this.#child = undefined;
      for (const waiting of this.#waiting.values()) waiting.reject(new CaissonError('unavailable', 'the process that speaks to registries has ended'));
      this.#waiting.clear();
    };
    child.once('error', gone);
    child.once('exit', gone);
    return child;
  }

  #take(answer: RegistryAnswer): void {
    const waiting = this.#waiting.get(answer.number);
    this.#waiting.delete(answer.number);
    if ('values' in answer) waiting?.resolve(answer.values);
    else waiting?.reject(new CaissonError('unavailable', answer.error.message, answer.error.hint === undefined ? {} : { hint: answer.error.hint }));
    if (this.#waiting.size > 0) return;
    this.#timer = setTimeout(() => this.dispose(), idle);
    this.#timer.unref();
  }
}
