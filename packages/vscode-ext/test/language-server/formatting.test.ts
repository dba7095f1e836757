import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TextEdit } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { parseDockerfile } from '@caisson/dockerfile';
import { Editor } from './support.js';

let editor: Editor;

beforeAll(async () => {
  editor = await Editor.start();
});
afterAll(() => editor[Symbol.asyncDispose]());

async function formatted(text: string, options: object = { tabSize: 4, insertSpaces: true }): Promise<string> {
  const opened = await editor.open(text);
  const edits = await editor.ask<TextEdit[]>('formatting', opened, { options });
  await editor.close(opened.uri);
  return TextDocument.applyEdits(opened.document, edits);
}

const cases: Readonly<Record<string, readonly [before: string, after: string]>> = {
  'indents continued lines': ['FROM a\nRUN x \\\n&& y \\\n&& z\n', 'FROM a\nRUN x \\\n    && y \\\n    && z\n'],
  'keeps what is deeper': ['FROM a\nRUN if x; then \\\n  y; \\\n    z; \\\n  fi\n', 'FROM a\nRUN if x; then \\\n    y; \\\n      z; \\\n    fi\n'],
  'takes off space at the ends': ['FROM a  \nRUN x \\  \n    y\t\n  \nCMD z\n', 'FROM a\nRUN x \\\n    y\n\nCMD z\n'],
  'puts one space behind keywords': ['FROM   a\n  RUN\tx\n', 'FROM a\nRUN x\n'],
  'leaves one blank line': ['FROM a\n\n\n\nRUN x\n', 'FROM a\n\nRUN x\n'],
  'leaves heredocs as they are': ['FROM a\nRUN <<EOF\n  x  \n\n\n\ty\nEOF\n', 'FROM a\nRUN <<EOF\n  x  \n\n\n\ty\nEOF\n'],
  'leaves lines within quotes as they are': ['FROM a\nRUN echo "a \\\n b" \\\n && c\n', 'FROM a\nRUN echo "a \\\n b" \\\n    && c\n'],
  'indents comments in between': ['FROM a\nRUN x \\\n # why\n  y\n', 'FROM a\nRUN x \\\n    # why\n    y\n'],
  'leaves comments at the margin there': ['FROM a\nRUN x \\\n# why\n  y\n', 'FROM a\nRUN x \\\n# why\n    y\n'],
  'moves comments to the margin': ['FROM a\n   # why\nRUN x\n', 'FROM a\n# why\nRUN x\n'],
  'keeps the case of keywords': ['from a\nrun x\n', 'from a\nrun x\n'],
  'keeps a blank line that ends the directives': ['\n\n\n# escape=`\nFROM a\n', '\n\n\n# escape=`\nFROM a\n'],
  'keeps line ends': ['FROM a  \r\nRUN x \\\r\ny\r\n', 'FROM a\r\nRUN x \\\r\n    y\r\n'],
};

describe('formatting', () => {
  it.each(Object.entries(cases))('%s', async (_, [before, after]) => {
    expect(await formatted(before)).toBe(after);
    expect(await formatted(after)).toBe(after);
  });

  it('uses tabs where the editor does', async () => {
    expect(await formatted('FROM a\nRUN x \\\n  y \\\n      z\n', { tabSize: 4, insertSpaces: false })).toBe('FROM a\nRUN x \\\n\ty \\\n\t\tz\n');
  });

  it('of a range touches no other lines', async () => {
    const opened = await editor.open('FROM a  \nRUN x  \nCMD y  \n');
    const edits = await editor.ask<TextEdit[]>('rangeFormatting', opened, { range: { start: { line: 1, character: 0 }, end: { line: 1, character: 3 } }, options: { tabSize: 4, insertSpaces: true } });
    expect(TextDocument.applyEdits(opened.document, edits)).toBe('FROM a  \nRUN x\nCMD y  \n');
  });

  const corpus = new URL('../../../dockerfile/test/cases/', import.meta.url);
  const files = readdirSync(corpus).map((name) => [name, readFileSync(new URL(`${name}/Dockerfile`, corpus), 'utf8')] as const);
  it('changes the meaning of no file of the corpus, and nothing the second time', async () => {
    const meaning = (text: string) => parseDockerfile(text).instructions.map(({ name, line, heredocs }) => [name, line.replaceAll(/\s+/g, ' ').trim(), heredocs.map(({ content }) => content)]);
    for (const [name, text] of files) {
      const once = await formatted(text);
      expect(meaning(once), name).toEqual(meaning(text));
      expect(await formatted(once), name).toBe(once);
    }
  });
});
