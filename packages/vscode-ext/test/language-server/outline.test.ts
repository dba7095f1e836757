import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeLens, DocumentLink, DocumentSymbol, FoldingRange, InlayHint, SemanticTokens, SemanticTokensDelta } from 'vscode-languageserver';
import type { LastBuild } from '../../src/language-server/protocol.js';
import { Editor, type Opened } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
});
afterAll(() => editor[Symbol.asyncDispose]());

const whole = ({ document }: Opened) => ({ range: { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) } });

it('outlines stages with their instructions', async () => {
  const symbols = await editor.ask<DocumentSymbol[]>('documentSymbol', await editor.open('ARG V=1\nFROM a:$V AS one\nRUN x \\\n  y\nFROM b\nCMD ["z"]\n'));
  const told = (list: readonly DocumentSymbol[]): unknown[] => list.map(({ name, detail, children }) => [name, detail, ...(children ? [told(children)] : [])]);
  expect(told(symbols)).toEqual([['ARG', 'V=1'], ['one', 'a:$V', [['RUN', 'x \\']]], ['b', '', [['CMD', '["z"]']]]]);
});

it('folds stages, long instructions, heredocs, comments and regions', async () => {
  const text = '# one\n# two\nFROM a\nRUN x \\\n  y\nRUN <<EOF\nx\nEOF\n# region r\nFROM b\n# endregion\n';
  const ranges = await editor.ask<FoldingRange[]>('foldingRange', await editor.open(text));
  expect(ranges.map(({ startLine, endLine, kind }) => `${startLine}-${endLine} ${kind ?? ''}`).sort()).toEqual(['0-1 comment', '2-7 ', '3-4 ', '5-7 ', '8-10 region']);
});

describe('semantic tokens', () => {
  const text = '# escape=\\\nARG V=1\nFROM a:$V AS one\nFROM one\nCOPY --link <<EOF /x\n$W\nEOF\n# c\n';

  const decode = ({ document }: Opened, { data }: SemanticTokens) => {
    const { tokenTypes } = editor.capabilities.semanticTokensProvider?.legend ?? { tokenTypes: [] };
    const tokens: string[] = [];
    let line = 0;
    let character = 0;
    for (let at = 0; at + 4 < data.length; at += 5) {
      const [lines = 0, characters = 0, length = 0, type = 0] = data.slice(at, at + 4);
      if (lines > 0) character = 0;
      line += lines;
      character += characters;
      tokens.push(`${tokenTypes[type] ?? ''} ${document.getText({ start: { line, character }, end: { line, character: character + length } })}`);
    }
    return tokens;
  };

  it('tell keywords, stages, variables and heredocs', async () => {
    const opened = await editor.open(text);
    const tokens = await editor.ask<SemanticTokens>('semanticTokens/full', opened);
    expect(decode(opened, tokens)).toEqual(['macro escape', 'string \\', 'keyword ARG', 'parameter V', 'keyword FROM', 'parameter V', 'keyword AS', 'namespace one', 'keyword FROM', 'namespace one', 'keyword COPY', 'property --link', 'macro <<EOF', 'macro EOF', 'comment # c']);
    const range = await editor.ask<SemanticTokens>('semanticTokens/range', opened, { range: { start: { line: 3, character: 0 }, end: { line: 3, character: 8 } } });
    expect(decode(opened, range)).toEqual(['keyword FROM', 'namespace one']);
  });

  it('are sent again only where they changed', async () => {
    const opened = await editor.open(text);
    const { resultId } = await editor.ask<SemanticTokens>('semanticTokens/full', opened);
    await editor.connection.sendNotification('textDocument/didChange', { textDocument: { uri: opened.uri, version: 2 }, contentChanges: [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, text: '\n' }] });
    const { edits } = await editor.ask<SemanticTokensDelta>('semanticTokens/full/delta', opened, { previousResultId: resultId });
    expect(edits).toHaveLength(1);
    expect(edits[0]?.data?.length ?? 0).toBeLessThan(20);
  });
});

describe('links lead', () => {
  const pages: readonly (readonly [text: string, ...targets: string[]])[] = [
    ['FROM node:22', 'https://hub.docker.com/_/node'],
    ['FROM docker.io/grafana/loki@sha256:aa', 'https://hub.docker.com/r/grafana/loki'],
    ['FROM ghcr.io/a/b/c:1', 'https://ghcr.io/a/b/c'],
    ['FROM quay.io/a/b', 'https://quay.io/repository/a/b'],
    ['FROM mcr.microsoft.com/dotnet/sdk:9.0', 'https://mcr.microsoft.com/artifact/mar/dotnet/sdk'],
    ['ARG V=22\nFROM node:$V', 'https://hub.docker.com/_/node'],
    ['# syntax=docker/dockerfile:1\nFROM scratch', 'https://hub.docker.com/r/docker/dockerfile'],
    ['FROM scratch\nADD https://example.org/a.tar /', 'https://example.org/a.tar'],
    ['FROM localhost:5000/a'],
    ['FROM node AS one\nFROM one', 'https://hub.docker.com/_/node'],
  ];
  it.each(pages)('%j', async (text, ...targets) => {
    const links = await editor.ask<DocumentLink[]>('documentLink', await editor.open(text));
    expect(links.map(({ target }) => target)).toEqual(targets);
  });
});

describe('inlay hints', () => {
  const hints = async (opened: Opened) => (await editor.ask<InlayHint[]>('inlayHint', opened, whole(opened))).map(({ position, label }) => [position.line, position.character, label]);

  it('say what words with variables come to', async () => {
    const opened = await editor.open('ARG V=22\nFROM node:$V AS a\nARG V\nENV P=/opt/$V\nCOPY --chown=$V src $P/\nRUN echo $P\nWORKDIR ${P:?}\nWORKDIR $NONE\nENV PATH=$P/bin:${PATH}\nENV Q=${BASE}\nWORKDIR ${X:-y}\n');
    expect(await hints(opened)).toEqual([[1, 12, '= node:22'], [3, 13, '= /opt/22'], [4, 15, '= 22'], [4, 23, '= /opt/22/'], [6, 14, '= /opt/22'], [8, 23, '= /opt/22/bin:$PATH'], [10, 15, '= y']]);
  });

  it('say what layers weigh, also when lines have moved, but not of what was changed', async () => {
    const opened = await editor.open('FROM a\n# new\n\nRUN x \\\n  y\nRUN z\nRUN z\n');
    await editor.lastBuild({
      dockerfile: opened.uri,
      succeeded: false,
      finished: '2026-01-01T00:00:00Z',
      steps: [
        { line: 2, text: 'RUN x \\\n y', cached: false, size: 1000, duration: 0.34 },
        { line: 3, text: 'RUN was', cached: false, size: 5 },
        { line: 6, text: 'RUN z', cached: true, size: 2_345_678, duration: 9 },
        { line: 7, text: 'RUN z', cached: false, error: 'exit code 1' },
      ],
    });
    expect(await hints(opened)).toEqual([[3, 7, '1 kB · 340 ms'], [5, 5, '2.35 MB'], [6, 5, 'failed']]);
  });

  it('are none where the settings say so', async () => {
    editor.settings = { inlayHints: { variables: false } };
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect(await hints(await editor.open('ARG V=22\nFROM node:$V AS a\n'))).toEqual([]);
    editor.settings = {};
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });
});

describe('code lenses', () => {
  const lenses = async (opened: Opened) => (await editor.ask<CodeLens[]>('codeLens', opened)).map(({ range, command }) => [range.start.line, command?.title, command?.command, (command?.arguments?.[0] as { target?: string } | undefined)?.target]);

  it('build the whole, up to a stage, and run', async () => {
    expect(await lenses(await editor.open('FROM a AS one\nFROM b\nFROM c\n'))).toEqual([
      [0, '$(package) Build', 'caisson.build', undefined],
      [0, '$(play) Run', 'caisson.run', undefined],
      [0, '$(debug-step-into) Build to here', 'caisson.build', 'one'],
      [1, '$(debug-step-into) Build to here', 'caisson.build', '1'],
    ]);
  });

  const build = (steps: LastBuild['steps']): Omit<LastBuild, 'dockerfile'> => ({ succeeded: !steps.some(({ error }) => error), finished: '2026-01-01T00:00:00Z', size: 5e6, duration: 61, steps });
  const stories: readonly (readonly [story: string, steps: LastBuild['steps']])[] = [
    ['Last build: 2 steps cached', [{ line: 1, cached: true }, { line: 2, cached: true }]],
    ['Last build: 1 cached, 1 rebuilt because package.json changed', [{ line: 1, cached: true }, { line: 2, cached: false, reason: 'package.json changed' }]],
    ['Last build: failed in line 2', [{ line: 1, cached: true }, { line: 2, cached: false, error: 'exit code 1' }]],
  ];
  it.each(stories)('tell: %s', async (story, steps) => {
    const opened = await editor.open('FROM a\nRUN x\n');
    await editor.lastBuild({ dockerfile: opened.uri, ...build(steps) });
    const titles = (await lenses(opened)).map(([, title]) => title);
    expect(titles).toContain(story);
    expect(titles).toContain(`${steps.some(({ error }) => error) ? '$(error) Build failed' : '$(check) Built'} · 5 MB · 1 min 1 s`);
  });
});

it('speaks the language of the editor', async () => {
  await using german = await Editor.start({ Build: 'Bauen', 'Build to here': 'Bis hier bauen', 'Last build: {0} cached, {1} rebuilt': 'Zuletzt: {0} aus dem Cache, {1} neu' });
  const opened = await german.open('FROM a AS one\nFROM b\n');
  await german.lastBuild({ dockerfile: opened.uri, succeeded: true, finished: '2026-01-01T00:00:00Z', steps: [{ line: 1, cached: true }, { line: 2, cached: true }, { line: 2, cached: false }] });
  const titles = (await german.ask<CodeLens[]>('codeLens', opened)).map(({ command }) => command?.title);
  expect(titles).toEqual(expect.arrayContaining(['$(package) Bauen', '$(play) Run', '$(debug-step-into) Bis hier bauen']));
});
