import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CodeAction, CompletionItem, Diagnostic, Hover, MarkupContent } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ContextFiles } from '../../src/language-server/protocol.js';
import { Editor } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  for (const [path, size] of Object.entries({ 'a.log': 100, 'src/index.ts': 1500, 'src/b.log': 2000, 'big.bin': 50_000, 'node_modules/x/index.js': 7, 'node_modules/keep/index.js': 9 })) editor.write(path, 'x'.repeat(size));
});
afterAll(() => editor[Symbol.asyncDispose]());

let count = 0;
const open = (marked: string) => editor.open(marked, `${++count}.dockerignore`);

const slips: Readonly<Record<string, readonly [text: string, code: string, line: number, fixed?: string]>> = {
  'a class that does not end': ['src\n[a-', 'ignore/pattern', 1],
  'an exclamation mark alone': ['!', 'ignore/pattern', 0],
  'a comment that is none': ['a\n  # b', 'ignore/comment', 1],
  'a comment behind a pattern': ['a # b\n', 'ignore/comment', 0, 'a\n'],
  'the same twice': ['a\nb\n./a\n', 'ignore/duplicate', 2, 'a\nb\n'],
  'what is above the context': ['../a', 'ignore/outside', 0],
  backslashes: ['src\\lib', 'ignore/backslash', 0, 'src/lib'],
  'an exception to nothing': ['!a\nb', 'ignore/nothing-to-keep', 0],
};

describe('diagnostics of an ignore file find', () => {
  it.each(Object.entries(slips))('%s', async (_, [text, code, line, fixed]) => {
    const opened = await open(text);
    const diagnostics = await editor.diagnostics(opened.uri);
    expect(diagnostics.map((one) => [one.code, one.range.start.line])).toEqual([[code, line]]);
    const range = { start: { line: 0, character: 0 }, end: { line: 99, character: 0 } };
    const [action] = await editor.request<CodeAction[]>('textDocument/codeAction', { textDocument: { uri: opened.uri }, range, context: { diagnostics } });
    expect(action && TextDocument.applyEdits(opened.document, action.edit?.changes?.[opened.uri] ?? [])).toBe(fixed);
  });

  it.each(['', '# comment\n\nnode_modules\n*.log\n!keep.log\n', 'a\n!a\na\n', '**/*.md\n!README.md\n', '\ufeff# comment\na\n'])('nothing in %j', async (text) => {
    expect(await editor.diagnostics((await open(text)).uri)).toEqual([] satisfies Diagnostic[]);
  });
});

describe('hover of a pattern', () => {
  const said: Readonly<Record<string, readonly [marked: string, part: string]>> = {
    'counts what it matches': ['**/*.‸log', 'Leaves out 2 files, 2.1 kB. None of them is sent.'],
    'names the largest': ['**/*.‸log', '- `src/b.log` 2 kB\n- `a.log` 100 B'],
    'counts what is in a folder': ['node_‸modules', 'Leaves out 2 files, 16 B'],
    'heeds the other patterns': ['node_‸modules\n!node_modules/keep', '1 of them are left out and 1 sent'],
    'says what an exception brings back': ['node_modules\n!node_mod‸ules/keep', 'Brings back 1 file, 9 B. All of them are sent.'],
    'says when it matches nothing': ['*.no‸ne', 'matches no file'],
  };
  it.each(Object.entries(said))('%s', async (_, [marked, part]) => {
    const hover = await editor.ask<Hover>('hover', await open(marked));
    expect((hover.contents as MarkupContent).value).toContain(part);
  });
});

describe('completion in an ignore file', () => {
  const offered: readonly (readonly [marked: string, has: readonly string[], lacks: readonly string[]])[] = [
    ['‸', ['src/', 'big.bin', 'node_modules/', '.git', '**/*.log'], []],
    ['.git\n‸', ['src/'], ['.git']],
    ['src/‸', ['index.ts', 'b.log'], ['.git', 'big.bin']],
    ['!‸', ['src/'], []],
    ['# ‸', [], ['src/']],
  ];
  it.each(offered)('%j', async (marked, has, lacks) => {
    const labels = (await editor.ask<CompletionItem[]>('completion', await open(marked))).map(({ label }) => label);
    expect(labels).toEqual(expect.arrayContaining([...has]));
    expect(labels.filter((label) => lacks.includes(label))).toEqual([]);
  });
});

describe('what a build would send', () => {
  const ask = (path: string, limit?: number) => editor.request<ContextFiles>('caisson/contextFiles', { uri: editor.uri(path), ...(limit !== undefined && { limit }) });

  it('is largest first, with sums for folders, without what is left out', async () => {
    editor.write('Dockerfile.dockerignore', '*.dockerignore\nnode_modules\n!node_modules/keep\n*.log\n');
    const { files, folders, count: files_, size, ignored, truncated, ignoreFile } = await ask('Dockerfile');
    expect(files).toEqual([{ path: 'big.bin', size: 50_000 }, { path: 'src/b.log', size: 2000 }, { path: 'src/index.ts', size: 1500 }, { path: 'node_modules/keep/index.js', size: 9 }]);
    expect(folders).toEqual([{ path: 'big.bin', size: 50_000, files: 1 }, { path: 'src/', size: 3500, files: 2 }, { path: 'node_modules/', size: 9, files: 1 }]);
    expect({ files_, size, truncated }).toEqual({ files_: 4, size: 53_509, truncated: false });
    expect(ignored).toBeGreaterThanOrEqual(3);
    expect(ignoreFile).toBe(`${editor.folder}/Dockerfile.dockerignore`);
    editor.remove('Dockerfile.dockerignore');
  });

  it('counts all where only some are listed', async () => {
    const { files, count: all } = await ask('Dockerfile', 1);
    expect(files.map(({ path }) => path)).toEqual(['big.bin']);
    expect(all).toBe(6);
  });

  it('is that of the folder which the settings name', async () => {
    editor.settings = { context: 'src' };
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect((await ask('docker/Dockerfile')).context).toBe(`${editor.folder}/src`);
    editor.settings = {};
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });

  it('is not known for what is on no disk', async () => {
    await expect(editor.request('caisson/contextFiles', { uri: 'untitled:Dockerfile' })).rejects.toThrow('only a file on this disk has a context');
  });
});
