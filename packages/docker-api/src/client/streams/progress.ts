import type { OnProgress, Progress } from '@caisson/core';
import type { ProgressLine } from '../../types/progress.js';
import { refusal } from '../errors.js';
import { jsonLines } from './json-lines.js';

/**
 * Reads the lines of a pull, push or load to their end: layers' lines become progress, `aux` and lines without an ID go to `take`.
 * @throws CaissonError for a line that reports a failure, with its message
 */
export async function readProgress(source: AsyncIterable<Uint8Array>, report: OnProgress, take: (line: ProgressLine) => void = () => {}): Promise<void> {
  for await (const line of jsonLines<ProgressLine>(source)) {
    failOn(line);
    const progress = toProgress(line);
    if (progress) report(progress);
    take(line);
  }
}

/** @throws CaissonError where the line reports a failure */
export function failOn({ error, errorDetail }: ProgressLine): void {
  const message = errorDetail?.message ?? error;
  if (message !== undefined) throw refusal(errorDetail?.code ?? 500, message);
}

/** docker's phrases in the words of core's progress, lower-case; where both name the same thing, core's. */
const phrases: Readonly<Record<string, string>> = { Downloading: 'copying', Pushing: 'copying', 'Pull complete': 'done', Pushed: 'done', 'Already exists': 'already exists', 'Layer already exists': 'already exists', Waiting: 'waiting', 'Pulling fs layer': 'waiting', Preparing: 'waiting' };

function toProgress({ id, status, progressDetail }: ProgressLine): Progress | undefined {
  if (id === undefined || status === undefined || status.startsWith('Pulling from')) return undefined;
  return {
    id,
    status: phrases[status] ?? status.toLowerCase(),
    ...(progressDetail?.current === undefined ? {} : { current: progressDetail.current }),
    ...(progressDetail?.total === undefined ? {} : { total: progressDetail.total }),
  };
}
