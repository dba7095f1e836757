import { appendFileSync, chmodSync, existsSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { base, Harness } from './support/harness.js';

/** More than what makes a build remember its walks, all older than the clock's doubt. */
const count = 700;
const files = Object.fromEntries(Array.from({ length: count }, (_, n) => [`d${n % 7}/f${n}`, `content ${n}\n`.repeat(n % 50)]));
const dockerfile = `FROM ${base}\nCOPY . /app\n`;

describe('a large context that is built again', () => {
  let harness: Harness;
  let context: string;
  const build = () => harness.build(dockerfile, context);
  /** States are believed once they are two seconds old: change times cannot be set, so that the clock is. */
  const later = async (seconds: number) => {
    const now = Date.now;
    Date.now = () => now() + seconds * 1000;
    try {
      return await build();
    } finally {
      Date.now = now;
    }
  };
  beforeAll(async () => {
    harness = await Harness.withBase({ runtime: false });
  });
  afterAll(() => harness?.[Symbol.dispose]());
  beforeEach(async () => {
    rmSync(harness.path('ctx'), { recursive: true, force: true });
    context = harness.tree('ctx', files);
    await later(10);
    expect((await build()).decisions).toEqual({ 'stage/2': 'hit' });
    expect(existsSync(harness.path('cache/walks'))).toBe(true);
  });

  const changes: Readonly<Record<string, readonly [() => void, string]>> = {
    'a file that grew': [() => appendFileSync(`${context}/d3/f3`, 'more'), 'd3/f3 changed'],
    'a file of the same size and time': [() => {
      writeFileSync(`${context}/d1/f1`, 'CONTENT 1\n');
      utimesSync(`${context}/d1/f1`, 1000, 1000);
    }, 'd1/f1 changed'],
    'a file more': [() => writeFileSync(`${context}/d2/new`, 'new'), 'd2/new was added'],
    'a file less': [() => unlinkSync(`${context}/d6/f6`), 'd6/f6 was removed'],
    'another mode': [() => chmodSync(`${context}/d4/f4`, 0o600), 'd4/f4 changed'],
    'the first and the last': [() => {
      appendFileSync(`${context}/d0/f0`, 'x');
      appendFileSync(`${context}/d6/f699`, 'x');
    }, '2 files changed, d0/f0 first'],
    'a link in place of a file': [() => {
      unlinkSync(`${context}/d5/f5`);
      symlinkSync('f12', `${context}/d5/f5`);
    }, 'd5/f5 changed'],
    'another name': [() => renameSync(`${context}/d5/f5`, `${context}/d5/g5`), '2 files changed, d5/g5 first'],
    'what .dockerignore leaves out': [() => writeFileSync(`${context}/.dockerignore`, 'd3/f3\n.dockerignore\n'), 'd3/f3 was removed'],
    'an empty folder more': [() => void harness.tree('ctx/e', {}), 'e was added'],
  };

  it.each(Object.entries(changes))('notices %s, and makes the layer that it would make afresh', async (_, [change, text]) => {
    change();
    const again = await build();
    expect(again.decisions).toEqual({ 'stage/2': `miss: files: ${text}` });
    expect(again.root).toEqual((await harness.build(dockerfile, context, { noCache: true })).root);
    expect((await build()).decisions).toEqual({ 'stage/2': 'hit' });
  });

  it('remembers each way of copying it', async () => {
    const other = (text: string) => harness.build(`FROM ${base}\n${text}\n`, context);
    const one = await other('COPY --exclude=d3 . /app');
    expect((await other('COPY d0 d1 d2 d3 d4 d5 d6 /app/')).root).not.toEqual(one.root);
    expect((await other('COPY --exclude=d3 . /app')).root).toEqual(one.root);
    expect((await harness.layers(one)).at(-1)?.some((line) => line.startsWith('app/d3'))).toBe(false);
    const now = await other('COPY . /other');
    expect(now.decisions['stage/2']).toMatch(/^miss: instruction/);
  });

  it('does without what is damaged', async () => {
    for (const name of readdirSync(harness.path('cache/walks'))) writeFileSync(harness.path('cache/walks', name), 'caisson-walk-001 and nothing');
    expect((await build()).decisions).toEqual({ 'stage/2': 'hit' });
  });
});
