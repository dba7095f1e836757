import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hover, MarkupContent, SignatureHelp } from 'vscode-languageserver';
import { Editor } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
  editor.write('src/main.ts', 'x'.repeat(1500));
  editor.write('secret', 'x');
  editor.write('.dockerignore', 'secret\n');
  editor.images = [{ reference: 'node:22', size: 1.1e9, platform: 'linux/amd64', created: '2026-01-02T00:00:00Z' }];
});
afterAll(() => editor[Symbol.asyncDispose]());

const said: Readonly<Record<string, readonly [marked: string, ...parts: (string | RegExp)[]]>> = {
  'an instruction': ['FROM a\nRU‸N x', 'Runs a command', '--mount', 'https://docs.docker.com/reference/dockerfile/#run'],
  'an instruction in lower case': ['from a\nheal‸thcheck none', 'whether a container works'],
  'a trigger': ['FROM a\nONBUILD CO‸PY a b', 'Copies files'],
  'a flag': ['FROM a\nCOPY --li‸nk a b', 'does not depend on the ones below'],
  'a type of mount': ['FROM a\nRUN --mount=type=ca‸che,target=/x true', 'later builds find again'],
  'a key of a mount': ['FROM a\nRUN --mount=type=cache,sha‸ring=locked,target=/x true', 'several builds write at once'],
  'an alias of a key': ['FROM a\nRUN --mount=type=cache,ds‸t=/x true', 'Path in the container'],
  'a directive': ['# esc‸ape=`\nFROM a', 'continues lines'],
  'a rule in a comment': ['FROM a\n# hadolint ignore=DL3008,DL30‸09\nRUN x', '**DL3009**', 'Better:', 'lint-rules.md#dl3009'],
  'a rule in a directive of another kind': ['FROM a\n# check=skip=Mainta‸inerDeprecated\nMAINTAINER x', '**MaintainerDeprecated**'],
  'a variable with its value': ['ARG V=22\nFROM a\nARG V\nENV W="$V-x"\nRUN echo $‸W', 'W=22-x', 'ENV in line 4'],
  'a variable after what stood before': ['FROM a\nENV V=1\nRUN echo $‸V\nENV V=2', 'V=1'],
  'what only the base image sets': ['FROM a\nENV PATH=/opt/bin:$PATH\nRUN echo $PA‸TH', 'PATH=/opt/bin:$PATH'],
  'a declaration': ['FROM a\nARG V=1\nENV ‸W=$V$V', 'W=11'],
  'an ARG without value': ['FROM a\nARG ‸V', 'no value unless', '--build-arg V='],
  'a variable of the platform': ['FROM --platform=$BUILD‸PLATFORM a', /BUILDPLATFORM=linux\/(?:amd64|arm64)/],
  'a variable that is not declared': ['FROM a\nRUN echo $TARGET‸ARCH', 'is not set in this file', 'ARG TARGETARCH'],
  'a stage': ['FROM node:22 AS o‸ne\nRUN x\nFROM one AS two\nCOPY --from=one a b', '**Stage one**', '`node:22`', '1 instruction', 'Used by `two`'],
  'a stage that is not used': ['FROM a AS o‸ne\nFROM b', 'No other stage uses it'],
  'an image of the store': ['ARG V=22\nFROM no‸de:$V', '`node:22`', 'In the local store: linux/amd64, 1.1 GB, created 2026-01-02', 'https://hub.docker.com/_/node'],
  'an image of COPY --from': ['FROM a\nCOPY --from=ghcr.io/x/‸y:1 a b', 'https://ghcr.io/x/y'],
  'a file of the context': ['FROM a\nARG D=src\nCOPY $D/main‸.ts /', '`src/main.ts` of the context: 1.5 kB.'],
  'a file that is left out': ['FROM a\nCOPY sec‸ret /', 'It is left out by `.dockerignore`'],
  'a file that is not there': ['FROM a\nCOPY no‸ne /', '`none` is not in the context'],
  'a label of the OCI': ['FROM a\nLABEL org.opencontainers.image.lic‸enses=MIT', 'SPDX license expression'],
  'a signal': ['FROM a\nSTOPSIGNAL SIG‸QUIT', 'Ends after the open requests'],
};

describe('hover tells of', () => {
  it.each(Object.entries(said))('%s', async (_, [marked, ...parts]) => {
    const hover = await editor.ask<Hover | null>('hover', await editor.open(marked));
    const { value } = (hover?.contents ?? { value: '' }) as MarkupContent;
    for (const part of parts) expect(value).toMatch(typeof part === 'string' ? new RegExp(part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')) : part);
  });

  it.each(['FROM a\nRUN apt-get‸ x', 'FROM a\n\n‸\nRUN x', '# just a ‸comment\nFROM a'])('nothing at %j', async (marked) => {
    expect(await editor.ask('hover', await editor.open(marked))).toBeNull();
  });

  it('what the last build did', async () => {
    const opened = await editor.open('FROM a\nRU‸N x');
    await editor.lastBuild({ dockerfile: opened.uri, succeeded: true, finished: '2026-01-01T00:00:00Z', steps: [{ line: 2, text: 'RUN x', cached: false, reason: 'src/index.ts changed', size: 12_400_000, duration: 3.25 }] });
    const hover = await editor.ask<Hover>('hover', opened);
    expect((hover.contents as MarkupContent).value).toContain('Last build: rebuilt, because src/index.ts changed; 12.4 MB, 3.25 s');
  });

  it('code that cannot break out of its quotes', async () => {
    const hover = await editor.ask<Hover>('hover', await editor.open('FROM a\nENV V="``` <script>"\nWORKDIR $‸V'));
    expect((hover.contents as MarkupContent).value).toBe('````sh\nV=``` <script>\n````\n\nENV in line 2.');
  });
});

const signatures: Readonly<Record<string, readonly [marked: string, label: string, parameter: string]>> = {
  'the image of FROM': ['FROM ‸', 'FROM [FLAGS] IMAGE AS NAME', 'IMAGE'],
  'the name of a stage': ['FROM a AS ‸', 'FROM [FLAGS] IMAGE AS NAME', 'NAME'],
  'flags': ['FROM a\nCOPY --‸', 'COPY [FLAGS] SOURCE… DESTINATION', '[FLAGS]'],
  'the destination of COPY': ['FROM a\nCOPY --link x ‸', 'COPY [FLAGS] SOURCE… DESTINATION', 'DESTINATION'],
  'the JSON form': ['FROM a\nCMD ["a", ‸', 'CMD ["PROGRAM", "ARGUMENT", …]', '["PROGRAM", "ARGUMENT", …]'],
  'a mount of a type': ['FROM a\nRUN --mount=type=tmpfs,size=‸', '--mount=type=tmpfs,target=…,size=…', 'size=…'],
};

describe('signature help shows', () => {
  it.each(Object.entries(signatures))('%s', async (_, [marked, label, parameter]) => {
    const help = await editor.ask<SignatureHelp>('signatureHelp', await editor.open(marked));
    const shown = help.signatures[help.activeSignature ?? 0];
    expect(shown?.label).toBe(label);
    expect(shown?.parameters?.[help.activeParameter ?? 0]?.label).toBe(parameter);
  });

  it.each(['FROM a\nRUN apt-get install ‸', 'FROM a\n‸', '# ‸\nFROM a'])('nothing at %j', async (marked) => {
    expect(await editor.ask('signatureHelp', await editor.open(marked))).toBeNull();
  });
});
