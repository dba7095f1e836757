import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DocumentHighlight, Location, LocationLink, WorkspaceEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Editor } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
});
afterAll(() => editor[Symbol.asyncDispose]());

/** Where `‸` is the cursor and `«»` stand around the target. */
const definitions: Readonly<Record<string, string>> = {
  'a stage from COPY --from': 'FROM a AS «one»\nFROM b\nCOPY --from=o‸ne x y',
  'a stage from its index': 'FROM a AS «one»\nFROM b\nCOPY --from=‸0 x y',
  'a stage without a name': 'FROM «a»\nFROM b\nCOPY --from=‸0 x y',
  'a stage from FROM': 'FROM a AS «one»\nFROM ‸one',
  'a stage from a mount': 'FROM a AS «one»\nFROM b\nRUN --mount=type=bind,from=‸one,target=/x true',
  'a stage in another case': 'FROM a AS «One»\nFROM ‸one',
  'an ARG': 'FROM a\nARG «V»=1\nRUN echo ${‸V}',
  'an ENV from a shell': 'FROM a\nENV «V»=1\nRUN echo "$‸V"',
  'the nearest of several': "FROM a\nENV V=1\nENV «V»=2\nRUN echo $‸V\nENV V=3",
  'ENV before ARG': 'FROM a\nENV «V»=1\nARG V=2\nWORKDIR $‸V',
  'an ARG above FROM': 'ARG «V»=1\nFROM a:$‸V',
  'an ARG above FROM through a bare ARG': 'ARG «V»=1\nFROM a\nARG V\nRUN echo $‸V',
  'a bare ARG': 'ARG «V»=1\nFROM a\nARG ‸V',
  'an ENV of the stage below': 'FROM a AS one\nENV «V»=1\nFROM one\nWORKDIR /$‸V',
  'from a heredoc': 'FROM a\nENV «V»=1\nRUN <<EOF\n# it\'s here\necho $‸V\nEOF\n',
  'from CMD': 'FROM a\nENV «V»=1\nARG V=2\nCMD echo $‸V',
  'from a default': 'FROM a\nARG «V»=1\nENV W=${X:-$‸V}',
  'from a continued line': 'FROM a\nARG «V»=1\nRUN a \\\n  # about $V\n  && b $‸V',
};

const nowhere: Readonly<Record<string, string>> = {
  'a variable that single quotes keep': "FROM a\nENV V=1\nRUN echo '$‸V'",
  'an escaped one': 'FROM a\nENV V=1\nRUN echo \\$‸V',
  'one of a quoted heredoc': "FROM a\nENV V=1\nCOPY <<'EOF' /x\n$‸V\nEOF\n",
  'ARG in CMD': 'FROM a\nARG V=1\nCMD echo $‸V',
  'an ARG of another stage': 'FROM a\nARG V=1\nFROM b\nWORKDIR $‸V',
  'an ARG above FROM that no stage takes in': 'ARG V=1\nFROM b\nWORKDIR $‸V',
  'a comment': 'FROM a\nENV V=1\n# $‸V\nRUN x',
  'JSON without a shell': 'FROM a\nENV V=1\nRUN ["echo", "$‸V"]',
  'a script of another language': 'FROM a\nENV V=1\nRUN <<EOF\n#!/usr/bin/env python3\nprint("$‸V")\nEOF\n',
};

function target(marked: string): { text: string; start: number } {
  const start = marked.replace('‸', '').indexOf('«');
  return { text: marked.replaceAll(/[«»]/g, ''), start };
}

describe('definition of', () => {
  it.each(Object.entries(definitions))('%s', async (_, marked) => {
    const { text, start } = target(marked);
    const opened = await editor.open(text);
    const [link] = await editor.ask<LocationLink[]>('definition', opened);
    expect(link && opened.document.offsetAt(link.targetSelectionRange.start)).toBe(start);
  });

  it.each(Object.entries(nowhere))('%s is nowhere', async (_, marked) => {
    const links = await editor.ask<LocationLink[]>('definition', await editor.open(marked));
    expect(links).toEqual([]);
  });

  it('a file that is copied', async () => {
    editor.write('src/main.ts', '');
    const [link] = await editor.ask<LocationLink[]>('definition', await editor.open('FROM a\nCOPY src/m‸ain.ts /'));
    expect(link?.targetUri).toBe(editor.uri('src/main.ts'));
  });

  it('nothing outside of the context', async () => {
    expect(await editor.ask('definition', await editor.open('FROM a\nCOPY ../../../../etc/pass‸wd /'))).toEqual([]);
  });
});

describe('references', () => {
  it('of a stage, with and without its declaration; highlights tell them apart', async () => {
    const opened = await editor.open('FROM a AS o‸ne\nFROM one AS two\nCOPY --from=one x y\nRUN --mount=from=one,target=/x true\nCOPY --from=0 x y\n');
    const all = await editor.ask<Location[]>('references', opened, { context: { includeDeclaration: true } });
    expect(all.map(({ range }) => range.start.line)).toEqual([0, 1, 2, 3, 4]);
    expect(await editor.ask<Location[]>('references', opened, { context: { includeDeclaration: false } })).toHaveLength(4);
    const highlights = await editor.ask<DocumentHighlight[]>('documentHighlight', opened);
    expect(highlights.map(({ kind }) => kind)).toEqual([3, 2, 2, 2, 2]);
  });
});

interface Rename {
  readonly text: string;
  readonly to: string;
  readonly result: string;
}

const renames: Readonly<Record<string, Rename>> = {
  'a stage everywhere but by index': { text: 'FROM a AS ‸one\nFROM ONE\nCOPY --from=one x y\nCOPY --from=0 x y\nRUN --mount=type=bind,from=one,target=/one echo one', to: 'base', result: 'FROM a AS base\nFROM base\nCOPY --from=base x y\nCOPY --from=0 x y\nRUN --mount=type=bind,from=base,target=/one echo one' },
  'an ARG with all its declarations': { text: 'ARG V=1\nFROM a:$V\nARG ‸V\nRUN echo ${V:-x} \'$V\' $VV\nFROM b\nARG V=2\nLABEL v="$V"', to: 'VERSION', result: 'ARG VERSION=1\nFROM a:$VERSION\nARG VERSION\nRUN echo ${VERSION:-x} \'$V\' $VV\nFROM b\nARG VERSION=2\nLABEL v="$VERSION"' },
  'an ENV in its stage and those on it': { text: 'FROM a AS one\nENV V=1 W=$V\nENV X=$‸V\nFROM one\nRUN echo $V\nFROM b\nENV V=2', to: 'Y', result: 'FROM a AS one\nENV Y=1 W=$V\nENV X=$Y\nFROM one\nRUN echo $Y\nFROM b\nENV V=2' },
};

const refusals: Readonly<Record<string, { text: string; to: string; message: RegExp }>> = {
  'an ARG of the platform': { text: 'FROM a\nARG ‸TARGETARCH\n', to: 'x', message: /meaning of its own/ },
  'what is not of the file': { text: 'FROM a\nRUN echo $‸HOSTNAME\n', to: 'x', message: /not declared/ },
  'a stage without a name': { text: 'FROM a\nFROM b\nCOPY --from=‸0 x y\n', to: 'x', message: /no name/ },
  'to a bad name': { text: 'FROM a AS ‸one\n', to: '1x', message: /letter/ },
  'to a name that is taken': { text: 'FROM a AS ‸one\nFROM b AS two\n', to: 'two', message: /already/ },
  'to a variable that is taken': { text: 'FROM a\nENV ‸V=1\nENV W=1\n', to: 'W', message: /already/ },
};

describe('rename', () => {
  it.each(Object.entries(renames))('%s', async (_, { text, to, result }) => {
    const opened = await editor.open(text);
    expect(await editor.ask('prepareRename', opened)).not.toBeNull();
    const edit = await editor.ask<WorkspaceEdit>('rename', opened, { newName: to });
    expect(TextDocument.applyEdits(opened.document, edit.changes?.[opened.uri] ?? [])).toBe(result);
  });

  it.each(Object.entries(refusals))('refuses %s', async (_, { text, to, message }) => {
    await expect(editor.ask('rename', await editor.open(text), { newName: to })).rejects.toThrow(message);
  });
});
