import { CaissonError, type BuildStepInfo } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { goMode, kindOf, permissionsOf } from '../../../src/server/buildkit/file-mode.js';
import { BuildFailure, describeFailure } from '../../../src/server/buildkit/session-build.js';
import { BuildTrace, type Status } from '../../../src/server/buildkit/trace.js';

const range = { start: { line: 3, column: 1, offset: 20 }, end: { line: 3, column: 9, offset: 28 } };
const step = (id: string, title: string): BuildStepInfo => ({ id, stage: '0', title, range });

describe('a build, told as BuildKit does', () => {
  it('has a vertex for each step, with its place, times, logs and end', async () => {
    const sent: Status[] = [];
    const trace = new BuildTrace('build', (status) => sent.push(status));
    const [from, run] = [step('0/1', '[1/2] FROM x'), step('0/2', '[2/2] RUN y')];
    trace.event({ type: 'stage', stage: '0', steps: [from, run] });
    trace.event({ type: 'started', step: run });
    trace.event({ type: 'output', step: run.id, stream: 'stderr', text: 'oops\n' });
    trace.event({ type: 'done', step: run.id, seconds: 1, cached: true });
    const [stage, started, output, done] = sent;
    const digests = stage?.vertexes?.map(({ digest }) => digest) ?? [];
    expect(digests.every((digest) => /^sha256:[0-9a-f]{64}$/.test(digest ?? ''))).toBe(true);
    expect(stage?.vertexes?.map(({ name, inputs }) => [name, inputs])).toEqual([['[1/2] FROM x', []], ['[2/2] RUN y', [digests[0]]]]);
    expect(started?.vertexes?.[0]).toMatchObject({ digest: digests[1], cached: false });
    expect(started?.vertexes?.[0]?.completed).toBeUndefined();
    expect(output?.logs?.[0]).toMatchObject({ vertex: digests[1], stream: 2n });
    expect(Buffer.from(output?.logs?.[0]?.msg ?? '').toString()).toBe('oops\n');
    expect(done?.vertexes?.[0]).toMatchObject({ digest: digests[1], cached: true });
    expect(done?.vertexes?.[0]?.completed).toBeDefined();
  });

  it('has one for what is no instruction, which fails with it', async () => {
    const sent: Status[] = [];
    const trace = new BuildTrace('build', (status) => sent.push(status));
    await expect(trace.internal('[internal] load', () => Promise.reject(new Error('gone')))).rejects.toThrow('gone');
    expect(sent.at(-1)?.vertexes?.[0]).toMatchObject({ name: '[internal] load', error: 'gone' });
  });
});

describe('a failure', () => {
  const text = 'FROM x\n\nRUN exit 9\nRUN true\n';

  it('is shown with the lines that it is about', () => {
    expect(describeFailure(new BuildFailure(new CaissonError('build-failed', 'exit 9 exited with code 9', { range: { ...range, file: 'sub/Dockerfile' } }), text))).toBe(
      ['sub/Dockerfile:3', '-'.repeat(20), '   1 |     FROM x', '   2 |', '   3 | >>> RUN exit 9', '   4 |     RUN true', '-'.repeat(20), 'failed to solve: exit 9 exited with code 9'].join('\n'),
    );
  });

  it('is shown by itself where there are none', () => {
    expect(describeFailure(new BuildFailure(new CaissonError('not-found', 'no such image', { hint: 'pull it' }), text))).toBe('failed to solve: no such image (pull it)');
    expect(describeFailure(new Error('x'))).toBe('failed to solve: x');
  });
});

it.each([
  ['file', 0o4755],
  ['directory', 0o1777],
  ['symlink', 0o777],
] as const)('writes the mode of a %s as Go does, and reads it again', (kind, mode) => {
  expect(kindOf(goMode(kind, mode))).toBe(kind);
  expect(permissionsOf(goMode(kind, mode))).toBe(mode);
});
