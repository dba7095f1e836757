import { CaissonError, type BuildEvent, type BuildResult, type BuildStepInfo, type OnProgress } from '@caisson/core';
import type { BuildAux, ProgressLine } from '../../types/progress.js';

const nowhere = { line: 1, column: 1, offset: 0 };

/** Makes build events of what a classic builder prints. It says which steps there are only as it comes to them. */
export class ClassicEvents {
  readonly #report: OnProgress<BuildEvent>;
  #step: BuildStepInfo | undefined;
  #started = 0;
  #cached = false;
  #counts = { total: 0, cached: 0 };
  #imageId: string | undefined;
  #rest = '';
  #last = '';

  constructor(report: OnProgress<BuildEvent>) {
    this.#report = report;
  }

  get imageId(): string | undefined {
    return this.#imageId;
  }

  get steps(): BuildResult['steps'] {
    return this.#counts;
  }

  take({ stream, aux, id, status, progressDetail, error, errorDetail }: ProgressLine): void {
    const failed = errorDetail?.message ?? error;
    if (failed !== undefined) this.#fail(failed);
    const built = (aux as BuildAux | undefined)?.ID;
    if (built !== undefined) this.#imageId = built;
    if (stream !== undefined) this.#text(stream);
    else if (status !== undefined && this.#step)
      this.#report({ type: 'progress', step: this.#step.id, progress: { id: id ?? 'pull', status: status.toLowerCase(), ...(progressDetail?.current === undefined ? {} : { current: progressDetail.current }), ...(progressDetail?.total === undefined ? {} : { total: progressDetail.total }) } });
  }

  end(): void {
    if (this.#rest !== '') this.#line(`${this.#rest}\n`);
    this.#rest = '';
    this.#finish();
  }

  #text(text: string): void {
    const lines = (this.#rest + text).split(/(?<=\n)/);
    this.#rest = lines.at(-1)?.endsWith('\n') ? '' : (lines.pop() ?? '');
    for (const line of lines) this.#line(line);
  }

  #line(line: string): void {
    // docker: «Step 1/3 : FROM x»; podman: «STEP 1/3: FROM x».
    const [, number = '', total = '', instruction = ''] = /^STEP (\d+)\/(\d+)\s*:\s*(.*?)\s*$/is.exec(line) ?? [];
    const [, built] = /^(?:Successfully built |--> |COMMIT .*)?([0-9a-f]{12,64})\s*$/.exec(line) ?? [];
    if (number !== '') {
      this.#finish();
      this.#step = { id: `classic/${number}`, stage: '', title: `[${number}/${total}] ${instruction}`, range: { start: nowhere, end: nowhere } };
      this.#started = Date.now();
      this.#cached = false;
      this.#counts = { ...this.#counts, total: Number(total) };
      this.#report({ type: 'started', step: this.#step });
    } else if (/^ ---> Using cache|^--> Using cache/.test(line)) this.#cached = true;
    else if (/^ ---> |^Removing intermediate container|^Successfully (?:built|tagged) |^--> [0-9a-f]+/.test(line) || built !== undefined) this.#imageId = built ?? /^Successfully built ([0-9a-f]+)/.exec(line)?.[1] ?? this.#imageId;
    else if (/^\[Warning\]/i.test(line)) this.#report({ type: 'warning', message: line.trim() });
    else if (this.#step) {
      if (line.trim() !== '') this.#last = line.trim();
      this.#report({ type: 'output', step: this.#step.id, stream: 'stdout', text: line });
    }
  }

  #finish(): void {
    if (!this.#step) return;
    if (this.#cached) this.#counts = { ...this.#counts, cached: this.#counts.cached + 1 };
    this.#report({ type: 'done', step: this.#step.id, seconds: (Date.now() - this.#started) / 1000, cached: this.#cached });
    this.#step = undefined;
  }

  #fail(message: string): never {
    const text = message.trim().replaceAll(/\s*\n\s*/g, ' ');
    if (this.#step) this.#report({ type: 'failed', step: this.#step.id, message: text });
    throw new CaissonError('build-failed', text, this.#last !== '' && !text.includes(this.#last) ? { details: { lastLine: this.#last } } : {});
  }
}
