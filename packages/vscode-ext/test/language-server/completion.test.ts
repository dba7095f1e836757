import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CompletionItem, CompletionList } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Editor } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  for (const [path, content] of Object.entries({ 'package.json': '{}', 'src/index.ts': 'x'.repeat(1500), 'src/deep/a.ts': '', 'secret.txt': 'x', 'node_modules/a/index.js': '' })) editor.write(path, content);
  editor.write('.dockerignore', 'node_modules\nsecret*\n');
  editor.images = [
    { reference: 'node:22', size: 1.1e9, platform: 'linux/amd64', created: '2026-01-02T00:00:00Z' },
    { reference: 'registry.example/app:1', digest: `sha256:${'a'.repeat(64)}` },
  ];
});
afterAll(() => editor[Symbol.asyncDispose]());

async function complete(marked: string): Promise<{ items: CompletionItem[]; document: TextDocument }> {
  const opened = await editor.open(marked);
  const list = await editor.ask<CompletionList | null>('completion', opened);
  await editor.close(opened.uri);
  return { items: list?.items ?? [], document: opened.document };
}

interface Case {
  readonly text: string;
  readonly has?: readonly string[];
  readonly lacks?: readonly string[];
  /** All of them, in any order. */
  readonly all?: readonly string[];
}

const cases: Readonly<Record<string, Case>> = {
  'instructions in an empty file': { text: '‸', has: ['FROM', 'ARG', '# syntax='], lacks: ['MAINTAINER'] },
  'instructions in the case that is typed': { text: 'FROM a\nco‸', has: ['copy'], lacks: ['COPY'] },
  'instructions on a new line': { text: 'FROM a\nRUN b\n‸', has: ['RUN', 'COPY'], lacks: ['# syntax='] },
  'no instructions within a continued one': { text: 'FROM a\nRUN b \\\n  ‸', lacks: ['COPY'] },
  'triggers of ONBUILD': { text: 'FROM a\nONBUILD ‸', has: ['RUN', 'COPY'], lacks: ['FROM', 'ONBUILD'] },
  'half a trigger': { text: 'FROM a\nONBUILD CO‸', has: ['COPY'], lacks: ['FROM'] },
  'flags of a trigger': { text: 'FROM a\nONBUILD COPY --‸', has: ['--from'] },
  'flags of COPY': { text: 'FROM a\nCOPY --‸ . .', has: ['--from', '--chown', '--chmod', '--link', '--parents', '--exclude'], lacks: ['--mount'] },
  'flags that are not there yet': { text: 'FROM a\nCOPY --link --‸', has: ['--from', '--exclude'] },
  'no flag twice': { text: 'FROM a\nCOPY --chown=1 --‸', has: ['--from'], lacks: ['--chown'] },
  'flags of RUN': { text: 'FROM a\nRUN --‸', all: ['--mount', '--network', '--security', '--device'] },
  'flags of ADD': { text: 'FROM a\nADD --‸', has: ['--checksum', '--keep-git-dir', '--unpack'] },
  'flags of FROM': { text: 'FROM --‸', all: ['--platform'] },
  'flags of HEALTHCHECK': { text: 'FROM a\nHEALTHCHECK --‸', has: ['--interval', '--start-interval', '--retries'] },
  'no flags behind HEALTHCHECK CMD': { text: 'FROM a\nHEALTHCHECK CMD --‸', lacks: ['--interval'] },
  'values of --network': { text: 'FROM a\nRUN --network=‸', all: ['default', 'none', 'host'] },
  'values of --platform': { text: 'FROM --platform=‸ a', has: ['linux/amd64', '$BUILDPLATFORM'] },
  'keys of a mount': { text: 'FROM a\nRUN --mount=‸', has: ['type', 'type=cache', 'type=secret'] },
  'types of mount': { text: 'FROM a\nRUN --mount=type=‸', all: ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] },
  'keys of a cache': { text: 'FROM a\nRUN --mount=type=cache,‸', has: ['target', 'sharing', 'id', 'uid'], lacks: ['type', 'env', 'size'] },
  'keys of a secret': { text: 'FROM a\nRUN --mount=type=secret,id=x,‸', has: ['env', 'required', 'target'], lacks: ['id', 'sharing'] },
  'sharing of a cache': { text: 'FROM a\nRUN --mount=type=cache,sharing=‸', all: ['shared', 'private', 'locked'] },
  'stages for a mount': { text: 'FROM a AS one\nFROM b\nRUN --mount=type=bind,from=‸', has: ['one', 'node:22'] },
  'files for a mount': { text: 'FROM a\nRUN --mount=type=bind,source=s‸', has: ['src/'] },
  'stages and images for COPY --from': { text: 'FROM a AS one\nFROM b AS two\nFROM c\nCOPY --from=‸ x y', has: ['one', 'two', 'node:22'] },
  'no stage below': { text: 'FROM a AS one\nCOPY --from=‸ x y\nFROM b AS two', lacks: ['one', 'two'] },
  'a stage without a name by its index': { text: 'FROM a\nFROM b\nCOPY --from=‸ x y', has: ['0'] },
  'images for FROM': { text: 'FROM ‸', has: ['node:22', 'registry.example/app:1', 'scratch'] },
  'earlier stages for FROM': { text: 'FROM a AS one\nFROM o‸', has: ['one'] },
  'AS behind an image': { text: 'FROM node:22 ‸', all: ['AS'] },
  'variables for FROM': { text: 'ARG V=1\nFROM node:$‸', has: ['V', 'TARGETPLATFORM'], lacks: ['PATH'] },
  'variables of a stage': { text: 'ARG OUT=1\nFROM a\nARG IN=2\nENV E=3\nRUN echo $‸', has: ['IN', 'E', 'PATH'], lacks: ['OUT'] },
  'variables below are not there yet': { text: 'FROM a\nRUN echo $‸\nENV E=3', lacks: ['E'] },
  'variables of the stage below': { text: 'FROM a AS one\nENV E=3\nARG A=1\nFROM one\nWORKDIR /$‸', has: ['E'], lacks: ['A'] },
  'no ARG in CMD': { text: 'FROM a\nARG A=1\nENV E=2\nCMD echo $‸', has: ['E'], lacks: ['A'] },
  'variables in braces': { text: 'FROM a\nENV E=3\nRUN echo ${‸', has: ['E'] },
  'variables in a heredoc': { text: 'FROM a\nENV E=3\nRUN <<EOF\necho $‸\nEOF\n', has: ['E'] },
  'variables in a flag': { text: 'FROM a\nARG U=3\nCOPY --chown=$‸ a b', has: ['U'] },
  'an escaped dollar': { text: 'FROM a\nENV E=3\nRUN echo \\$‸', lacks: ['E'] },
  'files of the context': { text: 'FROM a\nCOPY ‸', has: ['package.json', 'src/'], lacks: ['secret.txt', 'node_modules/'] },
  'files of a folder': { text: 'FROM a\nCOPY src/‸ .', all: ['index.ts', 'deep/'] },
  'files in JSON': { text: 'FROM a\nCOPY ["pa‸', has: ['package.json'] },
  'no files of the context behind --from': { text: 'FROM a AS one\nFROM b\nCOPY --from=one ‸ x', lacks: ['package.json'] },
  'names for ARG': { text: 'ARG VERSION=1\nFROM a\nARG ‸', has: ['VERSION', 'TARGETARCH', 'SOURCE_DATE_EPOCH'] },
  'keys for LABEL': { text: 'FROM a\nLABEL ‸', has: ['org.opencontainers.image.source'] },
  signals: { text: 'FROM a\nSTOPSIGNAL ‸', has: ['SIGTERM'] },
  'protocols of a port': { text: 'FROM a\nEXPOSE 53‸', has: ['53/udp', '53/tcp'] },
  'users that the file makes': { text: 'FROM a\nRUN useradd -r app\nUSER ‸', has: ['app'] },
  'CMD and NONE of HEALTHCHECK': { text: 'FROM a\nHEALTHCHECK ‸', has: ['CMD', 'NONE', '--interval'] },
  directives: { text: '# ‸', has: ['syntax=', 'escape=', 'check='] },
  'build checks to skip': { text: '# check=skip=‸\nFROM a', has: ['StageNameCasing', 'size/package-lists'], lacks: ['DL3008'] },
  "hadolint's rules to ignore": { text: 'FROM a\n# hadolint ignore=DL3008,DL30‸\nRUN b', has: ['DL3009'], lacks: ['StageNameCasing'] },
  'nothing in words of a shell': { text: 'FROM a\nRUN apt-get ‸', all: [] },
};

describe('completion offers', () => {
  it.each(Object.entries(cases))('%s', async (_, { text, has = [], lacks = [], all }) => {
    const labels = (await complete(text)).items.map(({ label }) => label);
    if (all) expect(labels.toSorted()).toEqual(all.toSorted());
    expect(labels).toEqual(expect.arrayContaining([...has]));
    expect(labels.filter((label) => lacks.includes(label))).toEqual([]);
  });
});

const inserted: readonly (readonly [text: string, label: string, result: string])[] = [
  ['FROM a\nWORK‸', 'WORKDIR', 'FROM a\nWORKDIR ${1:/app}'],
  ['FROM a\nCOPY --fr‸ x y', '--from', 'FROM a\nCOPY --from= x y'],
  ['FROM a\nRUN --mount=type=ca‸', 'cache', 'FROM a\nRUN --mount=type=cache'],
  ['FROM a\nCOPY src/in‸ .', 'index.ts', 'FROM a\nCOPY src/index.ts .'],
  ['FROM a\nENV E=3\nRUN echo ${‸', 'E', 'FROM a\nENV E=3\nRUN echo ${E}'],
  ['FROM a\nENV E=3\nRUN echo ${‸}', 'E', 'FROM a\nENV E=3\nRUN echo ${E}'],
  ['FROM node:2‸', 'node:22', 'FROM node:22'],
  ['FROM a\nCOPY ["pa‸', 'package.json', 'FROM a\nCOPY ["package.json'],
  ['#‸\nFROM a', 'check=', '# check=skip=${1:rule}\nFROM a'],
];

describe('completion inserts', () => {
  it.each(inserted)('%j, %s', async (text, label, result) => {
    const { items, document } = await complete(text);
    const item = items.find((one) => one.label === label);
    if (!item?.textEdit || !('range' in item.textEdit)) throw new Error(`not offered: ${items.map((one) => one.label).join(' ')}`);
    expect(TextDocument.applyEdits(document, [item.textEdit])).toBe(result);
  });
});

it('says how large an image of the store is', async () => {
  const { items } = await complete('FROM ‸');
  expect(items.find(({ label }) => label === 'node:22')?.detail).toBe('linux/amd64, 1.1 GB, 2026-01-02');
});
