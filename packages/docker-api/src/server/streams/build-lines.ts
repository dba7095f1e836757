import type { BuildEvent, BuildResult, BuildStepInfo } from '@caisson/core';
import { familiarReference, type Reference } from '@caisson/core';
import type { ProgressLine } from '../../types/progress.js';

/** The most bytes of output that one line carries. */
const maxPiece = 64 * 1024;

/** Tells a build in the words of docker's classic builder, which its clients show and some read. */
export class BuildLines {
  readonly #quiet: boolean;
  readonly #steps = new Map<string, BuildStepInfo>();
  /** The command of the step that has failed. */
  failed: string | undefined;
  #total = 0;
  #number = 0;

  constructor({ quiet }: { readonly quiet: boolean }) {
    this.#quiet = quiet;
  }

  *event(event: BuildEvent): Generator<ProgressLine> {
    if (event.type === 'started') this.#steps.set(event.step.id, event.step);
    if (event.type === 'failed') this.failed = shellForm(this.#steps.get(event.step));
    if (this.#quiet) return;
    switch (event.type) {
      case 'stage':
        this.#total += event.steps.length;
        break;
      case 'started': {
        const number = ++this.#number;
        yield { stream: `Step ${number}/${Math.max(number, this.#total)} : ${instructionOf(event.step)}` };
        yield { stream: '\n' };
        break;
      }
      case 'hit':
        yield { stream: ' ---> Using cache\n' };
        break;
      case 'output':
        for (let at = 0; at < event.text.length; at += maxPiece) yield { stream: event.text.slice(at, at + maxPiece) };
        break;
      case 'progress': {
        const { id, status, current, total } = event.progress;
        yield { status, id: id.replace(/^sha256:/, '').slice(0, 12), progressDetail: current === undefined ? {} : { current, ...(total === undefined ? {} : { total }) } };
        break;
      }
      case 'note':
        yield { stream: ` ---> ${event.message}\n` };
        break;
      case 'done':
        if (event.layer) yield { stream: ` ---> ${event.layer.diffId.slice(7, 19)}\n` };
        break;
      case 'warning':
        yield { stream: `[Warning] ${event.message}\n` };
        break;
      case 'miss':
      case 'skipped':
      case 'failed': // the build's own failure follows
        break;
    }
  }

  *result({ imageId }: Pick<BuildResult, 'imageId'>, tags: readonly Reference[]): Generator<ProgressLine> {
    if (this.#quiet) {
      yield { aux: { ID: imageId } };
      yield { stream: `${imageId}\n` };
      return;
    }
    yield { aux: { ID: imageId } };
    yield { stream: `Successfully built ${imageId.slice(7, 19)}\n` };
    for (const tag of tags) yield { stream: `Successfully tagged ${familiarReference(tag)}\n` };
  }
}

/** What docker calls the command of a RUN. */
function shellForm(step: BuildStepInfo | undefined): string | undefined {
  const [, command] = /^RUN\s+(?:--\S+\s+)*(.*)$/s.exec(step ? instructionOf(step) : '') ?? [];
  return command === undefined ? undefined : command.startsWith('[') ? command.replace(/[[\]",]+/g, ' ').trim() : `/bin/sh -c ${command}`;
}

/** `[build 2/5] RUN npm ci` → `RUN npm ci`. */
function instructionOf({ title }: BuildStepInfo): string {
  return title.replace(/^\[[^\]]*\]\s*/, '');
}
