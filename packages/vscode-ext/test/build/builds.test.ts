import { CaissonError, Task, type BuildEvent, type BuildResult, type BuildStepInfo, type Digest, type Engine } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { BuildMemory } from '../../src/build/memory.js';
import { parseArgs, requestOf, suggestedTag, type BuildPlan } from '../../src/build/plan.js';
import { BuildProgress } from '../../src/build/progress.js';
import { faultOf, lastBuildOf, problemLine, terminalLine } from '../../src/build/report.js';
import { BuildSession } from '../../src/build/session.js';
import { instructionLines, outline } from '../../src/build/stages.js';
import { matchSteps } from '../../src/layers/lines.js';
import type { ImageLayer } from '@caisson/core';

const plan: BuildPlan = { dockerfile: '/w/Dockerfile', context: '/w', tags: ['shop'], args: {} };
const at = (line: number) => ({ start: { line, column: 1, offset: 0 }, end: { line, column: 9, offset: 8 } });
const info = (id: string, title: string, line: number): BuildStepInfo => ({ id, stage: '0', title, range: at(line) });
const diffId = (n: number) => `sha256:${String(n).repeat(64)}` as Digest;
const steps = [info('0/1', '[0 1/2] FROM a', 1), info('0/2', '[0 2/2] RUN make', 2)];
const events: BuildEvent[] = [
  { type: 'stage', stage: '0', steps },
  { type: 'started', step: steps[0] as BuildStepInfo },
  { type: 'done', step: '0/1', seconds: 0.1, cached: true },
  { type: 'started', step: steps[1] as BuildStepInfo },
  { type: 'miss', step: '0/2', key: diffId(9), reason: { kind: 'files', text: 'a.c changed', changes: [{ what: 'a.c', how: 'changed' }] } },
  { type: 'output', step: '0/2', stream: 'stdout', text: 'cc a.c\n' },
];
const done: BuildEvent = { type: 'done', step: '0/2', seconds: 2, cached: false, layer: { diffId: diffId(2), size: 77 } };

const builds = (all: readonly BuildEvent[], end: () => Promise<BuildResult>) =>
  async () =>
    ({ build: () => new Task<BuildResult, BuildEvent>(async (report) => (all.forEach((event) => report(event)), end())) }) as unknown as Engine;

describe('a plan', () => {
  it('becomes a request', () => {
    expect(requestOf({ ...plan, target: 'dev', noCache: true, args: { A: '1' } })).toEqual({ context: { kind: 'folder', path: '/w' }, dockerfile: { path: '/w/Dockerfile' }, tags: [{ domain: 'docker.io', path: 'library/shop', tag: 'latest' }], buildArgs: { A: '1' }, target: 'dev', noCache: true });
    expect(() => requestOf({ ...plan, tags: ['No Name'] })).toThrow('invalid image name');
  });

  it('suggests names that are valid', () => {
    expect(suggestedTag('/home/me/My App!')).toBe('my-app:latest');
    expect(suggestedTag('C:\\work\\Shop', 'Dev_1')).toBe('shop-dev-1:latest');
    expect(suggestedTag('/')).toBe('image:latest');
  });

  it('reads arguments one a line', () => {
    expect(parseArgs('A=1\n B=x=y \n=no\nC\n')).toEqual({ A: '1', B: 'x=y' });
  });
});

describe('outlines', () => {
  it('find stages, their bases and arguments, over continued lines and comments', () => {
    expect(outline('ARG V=1\nFROM --platform=$P node:$V AS Build\nARG A B=2\nRUN x \\\n # note\n FROM y\nFROM scratch\n')).toEqual([
      { name: 'build', base: 'node:$V', args: ['V', 'A', 'B'] },
      { name: '1', base: 'scratch', args: [] },
    ]);
    expect(outline('')).toEqual([]);
  });

  it('find the lines of instructions', () => {
    expect(instructionLines('FROM a\nRUN x \\\n  # why\n  y\n\nCMD ["b"]\n').map(({ keyword, line, endLine, text }) => [keyword, line, endLine, text])).toEqual([['FROM', 1, 1, 'FROM a'], ['RUN', 2, 4, 'RUN x y'], ['CMD', 6, 6, 'CMD ["b"]']]);
  });
});

describe('progress', () => {
  it('follows the events', () => {
    const progress = new BuildProgress();
    const changes = [...events, done].flatMap((event) => progress.take(event));
    expect(changes.map(({ kind }) => kind)).toEqual(['stage', 'step', 'step', 'step', 'step', 'log', 'step']);
    expect(progress.steps).toMatchObject([{ state: 'cached', line: 1 }, { state: 'done', reason: 'a.c changed', seconds: 2, size: 77 }]);
    expect(progress.failed).toBeUndefined();
  });

  it('takes events of steps it does not know for nothing', () => {
    expect(new BuildProgress().take({ type: 'hit', step: 'x', key: diffId(1) })).toEqual([]);
  });

  it('says how far a step is while it runs, and no longer', () => {
    const progress = new BuildProgress();
    for (const event of events) progress.take(event);
    progress.take({ type: 'progress', step: '0/2', progress: { id: 'x', status: 'downloading', current: 1, total: 4 } });
    expect(progress.steps[1]?.doing).toBe('downloading 25 %');
    progress.take(done);
    expect(progress.steps[1]?.doing).toBeUndefined();
  });
});

describe('a session', () => {
  const result = { imageId: diffId(5) } as unknown as BuildResult;

  it('ends with the result, and can tell the lenses', async () => {
    const session = new BuildSession(builds([...events, done], async () => result), plan);
    const outcome = await session.outcome;
    expect(outcome).toMatchObject({ kind: 'succeeded', result });
    expect(session.log).toMatchObject([{ text: 'cc a.c\n' }]);
    expect(lastBuildOf(session, outcome, () => 'RUN make')).toMatchObject({ dockerfile: 'file:///w/Dockerfile', succeeded: true, size: 77, steps: [{ line: 1, cached: true }, { line: 2, cached: false, reason: 'a.c changed', size: 77, text: 'RUN make' }] });
  });

  it('fails at the line of the step, or where the error says', async () => {
    const failure = new CaissonError('build-failed', 'make exited with code 2');
    const session = new BuildSession(builds([...events, { type: 'failed', step: '0/2', message: 'code 2' }], async () => Promise.reject(failure)), plan);
    expect(await session.outcome).toMatchObject({ kind: 'failed', error: failure });
    expect(faultOf(session, failure)).toEqual({ message: 'make exited with code 2', file: '/w/Dockerfile', range: at(2) });
    expect(faultOf(session, new CaissonError('invalid-content', 'no', { range: at(7) })).range?.start.line).toBe(7);
  });

  it('fails with what is wrong in the plan before anything is asked', async () => {
    const session = new BuildSession(async () => Promise.reject(new Error('not to be asked')), { ...plan, tags: ['?'] });
    expect(await session.outcome).toMatchObject({ kind: 'failed', error: { code: 'invalid-argument' } });
  });

  it('shows no step as running when it has failed or was given up', async () => {
    const session = new BuildSession(builds(events, async () => Promise.reject(new CaissonError('cancelled', 'cancelled'))), plan);
    const told: string[] = [];
    session.onChange((change) => change.kind === 'step' && change.step.id === '0/2' && told.push(change.step.state));
    await session.outcome;
    expect(told.at(-1)).toBe('waiting');
    expect(session.progress.steps.map(({ state }) => state)).toEqual(['cached', 'waiting']);
  });

  it('can be cancelled', async () => {
    const engine = async () => ({ build: (_: unknown, { signal }: { signal: AbortSignal }) => new Task<BuildResult, BuildEvent>(() => new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new CaissonError('cancelled', 'cancelled'))))) }) as unknown as Engine;
    const session = new BuildSession(engine, plan);
    setTimeout(() => session.cancel(), 5);
    expect(await session.outcome).toMatchObject({ kind: 'cancelled' });
  });

  it('writes lines that the problem matcher reads', () => {
    const [matcher] = (JSON.parse('["^(.+?):(\\\\d+):(\\\\d+): (error|warning): (.*)$"]') as string[]).map((text) => new RegExp(text));
    const line = terminalLine({ kind: 'step', step: { id: 'x', stage: '0', title: '[0 2/2] RUN make', line: 2, range: at(2), state: 'failed', error: 'make exited with code 2\nmore' } }, plan);
    expect(matcher?.exec(line?.trimEnd() ?? '')?.slice(1)).toEqual(['/w/Dockerfile', '2', '1', 'error', '[0 2/2] RUN make: make exited with code 2']);
    expect(problemLine('/d', undefined, 'warning', 'x')).toBe('/d:1:1: warning: x\n');
  });
});

describe('memory', () => {
  it('ties layers to lines by what they are, else by what they say', async () => {
    const kept = new Map<string, unknown>();
    const memory = new BuildMemory({ get: <T>(key: string) => kept.get(key) as T | undefined, update: async (key, value) => void kept.set(key, value) });
    const progress = new BuildProgress();
    for (const event of [...events, done]) progress.take(event);
    await memory.rememberBuild('sha256:1', plan, progress.steps, 'FROM a\nRUN make\nEXPOSE 80\nCMD ["x"]\n');
    await memory.rememberPlan(plan);
    expect(memory.plan('/w/Dockerfile')).toEqual(plan);
    expect(memory.plan('/w/Dockerfile', 'dev')).toBeUndefined();
    const layer = (createdBy: string, extra: Partial<ImageLayer> = {}) => ({ index: undefined, empty: true, digest: undefined, diffId: undefined, mediaType: undefined, size: 0, createdBy, created: undefined, comment: '', ...extra }) satisfies ImageLayer;
    const layers = [layer('CMD ["x"]'), layer('RUN /bin/sh -c make # buildkit', { empty: false, index: 0, diffId: diffId(2) }), layer('EXPOSE map[80/tcp:{}]'), layer('CMD ["x"]')];
    expect(matchSteps(layers, memory.build('sha256:1')?.steps ?? []).map((step) => step?.line)).toEqual([undefined, 2, 3, 4]);
  });
});
