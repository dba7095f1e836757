import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DiagnosticSeverity, DiagnosticTag, type CodeAction, type Diagnostic, type TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Editor, type Opened } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
});
afterAll(() => editor[Symbol.asyncDispose]());

async function actions({ uri, document }: Opened, diagnostics: readonly Diagnostic[], only?: string[]): Promise<CodeAction[]> {
  const range = { start: { line: 0, character: 0 }, end: document.positionAt(document.getText().length) };
  return await editor.request<CodeAction[]>('textDocument/codeAction', { textDocument: { uri }, range, context: { diagnostics, ...(only && { only }) } });
}

function applied({ uri, document }: Opened, action: CodeAction | undefined): string {
  const edits: TextEdit[] | undefined = action?.edit?.changes?.[uri];
  if (!edits) throw new Error('no edit');
  return TextDocument.applyEdits(document, edits);
}

describe('diagnostics', () => {
  it('have code, link, severity, source and range', async () => {
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\n');
    const [found] = await editor.diagnostics(uri);
    expect(found).toMatchObject({
      code: 'DL3004',
      codeDescription: { href: 'https://github.com/caisson-dev/caisson/blob/main/docs/lint-rules.md#dl3004' },
      severity: DiagnosticSeverity.Error,
      source: 'caisson',
      range: { start: { line: 1, character: 4 }, end: { line: 1 } },
    });
  });

  it('mark what is deprecated and what is not needed', async () => {
    const { uri } = await editor.open('FROM alpine:3.20\nMAINTAINER me\nCMD ["a"]\nCMD ["b"]\n');
    const found = await editor.diagnostics(uri);
    expect(found.map(({ code, tags }) => [code, tags])).toEqual(expect.arrayContaining([['MaintainerDeprecated', [DiagnosticTag.Deprecated]], ['MultipleInstructionsDisallowed', [DiagnosticTag.Unnecessary]]]));
  });

  const related: readonly (readonly [code: string, text: string, line: number])[] = [
    ['DuplicateStageName', 'FROM alpine:3.20 AS a\nFROM alpine:3.20 AS a\n', 0],
    ['MultipleInstructionsDisallowed', 'FROM alpine:3.20\nCMD ["a"]\nCMD ["b"]\n', 2],
    ['parse/duplicate-flag', 'FROM alpine:3.20\nCOPY --chown=1 --chown=2 a b\n', 1],
    ['size/deleted-later', 'FROM alpine:3.20\nCOPY a.tar /tmp/a.tar\nRUN rm /tmp/a.tar\n', 1],
  ];
  it.each(related)('of %s name the other place', async (code, text, line) => {
    const { uri } = await editor.open(text);
    const found = (await editor.diagnostics(uri)).find((one) => one.code === code);
    expect(found?.relatedInformation?.map(({ location }) => location.range.start.line)).toEqual([line]);
  });

  it('follow edits, with the version they are of', async () => {
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\n');
    expect(await editor.diagnostics(uri)).not.toEqual([]);
    await editor.connection.sendNotification('textDocument/didChange', { textDocument: { uri, version: 2 }, contentChanges: [{ range: { start: { line: 1, character: 4 }, end: { line: 1, character: 9 } }, text: '' }] });
    expect(await editor.diagnostics(uri, 2)).toEqual([]);
  });

  it('go away with the document', async () => {
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\n');
    await editor.diagnostics(uri);
    await editor.close(uri);
    expect(await editor.diagnosticsUntil(uri, (found) => found.length === 0)).toEqual([]);
  });

  it('heed caisson.lint.json, the ignore file, and the settings', async () => {
    editor.write('configured/caisson.lint.json', '{ "rules": { "DL3004": "off" } }');
    editor.write('configured/.dockerignore', 'secret\n');
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\nCOPY secret /\n', 'configured/Dockerfile');
    expect((await editor.diagnostics(uri)).map(({ code }) => code)).toEqual(['CopyIgnoredFile']);
    editor.settings = { lint: { rules: { CopyIgnoredFile: 'off' } } };
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    await editor.diagnosticsUntil(uri, (found) => found.length === 0);
    editor.settings = {};
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });

  it('follow a configuration that is changed on the disk', async () => {
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\n', 'watched/Dockerfile');
    expect((await editor.diagnostics(uri)).map(({ code }) => code)).toEqual(['DL3004']);
    editor.write('watched/.hadolint.yaml', 'ignored: [DL3004]\n');
    await editor.connection.sendNotification('workspace/didChangeWatchedFiles', { changes: [{ uri: editor.uri('watched/.hadolint.yaml'), type: 1 }] });
    expect(await editor.diagnosticsUntil(uri, (found) => found.length === 0)).toEqual([]);
  });

  it('can be switched off', async () => {
    editor.settings = { lint: { enabled: false } };
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    const { uri } = await editor.open('FROM alpine:3.20\nRUN sudo ls\n');
    expect(await editor.diagnostics(uri)).toEqual([]);
    editor.settings = { lint: { enabled: 'of the wrong type', rules: 1 } };
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
    expect((await editor.diagnosticsUntil(uri, (found) => found.length > 0)).map(({ code }) => code)).toEqual(['DL3004']);
    editor.settings = {};
    await editor.connection.sendNotification('workspace/didChangeConfiguration', { settings: null });
  });

  it('follow an ignore file that is being edited', async () => {
    editor.write('edited/.dockerignore', '');
    const { uri } = await editor.open('FROM alpine:3.20\nCOPY secret /\n', 'edited/Dockerfile');
    expect(await editor.diagnostics(uri)).toEqual([]);
    await editor.open('secret\n', 'edited/.dockerignore');
    expect((await editor.diagnosticsUntil(uri, (found) => found.length > 0)).map(({ code }) => code)).toEqual(['CopyIgnoredFile']);
  });

  it('say what is wrong with the configuration', async () => {
    editor.write('broken/caisson.lint.json', '{ "rulez": {} }');
    const { uri } = await editor.open('FROM alpine:3.20\n', 'broken/Dockerfile');
    const [found] = await editor.diagnostics(uri);
    expect(found?.code).toBe('config');
    expect(found?.message).toMatch(/caisson\.lint\.json: unknown key "rulez"$/);
  });

  it('know the variables of images in the store', async () => {
    const text = 'FROM mine:1\nENV FOX=1\nRUN true\nWORKDIR $FOO\n';
    const without = await editor.open(text);
    expect((await editor.diagnostics(without.uri)).map(({ code }) => code)).toContain('UndefinedVar');
    editor.images = [{ reference: 'mine:1', env: ['FOO'] }];
    await editor.lastBuild({ dockerfile: without.uri, succeeded: true, finished: '2026-01-01T00:00:00Z', steps: [] });
    const known = await editor.open(text);
    expect((await editor.diagnostics(known.uri)).map(({ code }) => code)).not.toContain('UndefinedVar');
  });
});

interface Fix {
  readonly text: string;
  readonly title: string | RegExp;
  readonly result: string;
}

const fixes: Readonly<Record<string, Fix>> = {
  'one finding': { text: 'FROM alpine:3.20 as a\nRUN true\n', title: /^Fix: /, result: 'FROM alpine:3.20 AS a\nRUN true\n' },
  'all of a rule': { text: 'FROM alpine:3.20 as a\nFROM alpine:3.20 as b\n', title: 'Fix all 2 findings of FromAsCasing in this file', result: 'FROM alpine:3.20 AS a\nFROM alpine:3.20 AS b\n' },
  'all that can be fixed': { text: 'FROM alpine:3.20 as a\nfrom alpine:3.20 AS b\n', title: 'Fix all that can be fixed in this file', result: 'FROM alpine:3.20 AS a\nFROM alpine:3.20 AS b\n' },
  'a misspelt instruction': { text: 'FROM alpine:3.20\nCOYP a b\n', title: 'Change to COPY', result: 'FROM alpine:3.20\nCOPY a b\n' },
  'a misspelt flag': { text: 'FROM alpine:3.20\nCOPY --chwon=1 a b\n', title: 'Change to --chown', result: 'FROM alpine:3.20\nCOPY --chown=1 a b\n' },
  'a misspelt variable': { text: 'FROM alpine:3.20\nENV VERSION=1\nWORKDIR /a/${VERSOIN}/b\n', title: 'Change to $VERSION', result: 'FROM alpine:3.20\nENV VERSION=1\nWORKDIR /a/${VERSION}/b\n' },
  'a maintainer': { text: 'FROM alpine:3.20\nMAINTAINER Jane <jane@example.com>\n', title: 'Change to LABEL org.opencontainers.image.authors="Jane <jane@example.com>"', result: 'FROM alpine:3.20\nLABEL org.opencontainers.image.authors="Jane <jane@example.com>"\n' },
  'a command that needs no shell': { text: 'FROM alpine:3.20\nCMD node src/app.js --port=80\n', title: 'Change to ["node", "src/app.js", "--port=80"]', result: 'FROM alpine:3.20\nCMD ["node", "src/app.js", "--port=80"]\n' },
  'a command that is run in place of its shell': { text: 'FROM alpine:3.20\nENTRYPOINT exec node app.js\n', title: /^Change to/, result: 'FROM alpine:3.20\nENTRYPOINT ["node", "app.js"]\n' },
  'an array with quotes that JSON does not know': { text: "FROM alpine:3.20\nCMD ['node', \"a b.js\"]\n", title: 'Change to ["node", "a b.js"]', result: 'FROM alpine:3.20\nCMD ["node", "a b.js"]\n' },
  'an array without a comma': { text: 'FROM alpine:3.20\nENTRYPOINT ["node" "a.js",]\n', title: 'Change to ["node", "a.js"]', result: 'FROM alpine:3.20\nENTRYPOINT ["node", "a.js"]\n' },
  "hadolint's rule here": { text: 'FROM alpine:3.20\nRUN sudo ls\n', title: 'Ignore DL3004 here', result: 'FROM alpine:3.20\n# hadolint ignore=DL3004\nRUN sudo ls\n' },
  'a rule beside another that is ignored': { text: 'FROM alpine:3.20\n# hadolint ignore=DL3003\nRUN sudo ls\n', title: 'Ignore DL3004 here', result: 'FROM alpine:3.20\n# hadolint ignore=DL3003,DL3004\nRUN sudo ls\n' },
  'a build check here': { text: 'FROM alpine:3.20\nMAINTAINER me\n', title: 'Ignore MaintainerDeprecated here', result: 'FROM alpine:3.20\n# check=skip=MaintainerDeprecated\nMAINTAINER me\n' },
  "hadolint's rule in the file": { text: '# syntax=docker/dockerfile:1\nFROM alpine:3.20\nRUN sudo ls\n', title: 'Ignore DL3004 in this file', result: '# syntax=docker/dockerfile:1\n# hadolint global ignore=DL3004\nFROM alpine:3.20\nRUN sudo ls\n' },
  'a build check in the file': { text: 'FROM alpine:3.20\r\nMAINTAINER me\r\n', title: 'Ignore MaintainerDeprecated in this file', result: '# check=skip=MaintainerDeprecated\r\nFROM alpine:3.20\r\nMAINTAINER me\r\n' },
  'a build check beside another': { text: '# check=skip=StageNameCasing;error=true\nFROM alpine:3.20\nMAINTAINER me\n', title: 'Ignore MaintainerDeprecated in this file', result: '# check=skip=StageNameCasing,MaintainerDeprecated;error=true\nFROM alpine:3.20\nMAINTAINER me\n' },
};

describe('quick fixes mend', () => {
  it.each(Object.entries(fixes))('%s', async (_, { text, title, result }) => {
    const opened = await editor.open(text);
    const diagnostics = await editor.diagnostics(opened.uri);
    const found = await actions(opened, diagnostics, ['quickfix']);
    const action = found.find((one) => (typeof title === 'string' ? one.title === title : title.test(one.title)));
    if (!action) throw new Error(`not among: ${found.map((one) => one.title).join(' | ')}`);
    expect(applied(opened, action)).toBe(result);
  });

  it('and what is ignored is gone', async () => {
    const opened = await editor.open('FROM alpine:3.20\nRUN sudo ls\nRUN cd /a\n');
    const diagnostics = await editor.diagnostics(opened.uri);
    let { document } = opened;
    for (const { title, edit } of await actions(opened, diagnostics)) if (title.endsWith(' here') && edit?.changes) document = TextDocument.create(opened.uri, 'dockerfile', 2, TextDocument.applyEdits(document, edit.changes[opened.uri] ?? []));
    expect(document.getText()).not.toBe(opened.document.getText());
    const after = await editor.open(document.getText());
    expect((await editor.diagnostics(after.uri)).map(({ code }) => code)).not.toContain('DL3004');
  });
});

it.each(['cd /srv', 'PORT=1 node x', 'node x && y', 'echo $HOME', "['a', $B]", 'exec', 'node \\\n x'])('leaves %j to the shell', async (command) => {
  const opened = await editor.open(`FROM alpine:3.20\nCMD ${command}\n`);
  const diagnostics = await editor.diagnostics(opened.uri);
  expect(diagnostics.map(({ code }) => code)).toContain('JSONArgsRecommended');
  const titles = (await actions(opened, diagnostics, ['quickfix'])).map(({ title }) => title);
  expect(titles.filter((title) => title.startsWith('Change to'))).toEqual([]);
});

it('fixes all on save, and offers that by name only', async () => {
  const opened = await editor.open('from alpine:3.20 as a\nRUN true\n');
  const diagnostics = await editor.diagnostics(opened.uri);
  const [action, ...more] = await actions(opened, diagnostics, ['source.fixAll']);
  expect(more).toEqual([]);
  expect(action?.kind).toBe('source.fixAll.caisson');
  expect(applied(opened, action)).not.toMatch(/from|as /);
  expect((await actions(opened, diagnostics)).map(({ kind }) => kind)).not.toContain('source.fixAll.caisson');
});
