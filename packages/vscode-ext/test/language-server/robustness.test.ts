import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { SemanticTokensBuilder } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { complete } from '../../src/language-server/completion/complete.js';
import { Analysis } from '../../src/language-server/dockerfile/analysis.js';
import { symbolAt, whyNotRenamed, occurrences } from '../../src/language-server/dockerfile/symbol-at.js';
import { scanVariables } from '../../src/language-server/dockerfile/variable-scan.js';
import { format } from '../../src/language-server/features/formatting.js';
import { hover } from '../../src/language-server/features/hover.js';
import { inlayHints } from '../../src/language-server/features/inlay-hints.js';
import { documentLinks } from '../../src/language-server/features/links.js';
import { pushSemanticTokens } from '../../src/language-server/features/semantic-tokens.js';
import { signatureHelp } from '../../src/language-server/features/signature-help.js';
import { documentSymbols, foldingRanges } from '../../src/language-server/features/symbols.js';

const corpus = new URL('../../../dockerfile/test/cases/', import.meta.url);
const files = readdirSync(corpus).map((name) => [name, readFileSync(new URL(`${name}/Dockerfile`, corpus), 'utf8')] as const);
const nothing = { context: async () => undefined, images: async () => [], rules: async () => [], snippets: true, build: undefined };
const analyse = (text: string) => new Analysis(TextDocument.create('file:///Dockerfile', 'dockerfile', 1, text));

async function everyQuestion(analysis: Analysis, offset: number): Promise<void> {
  const { document } = analysis;
  const position = document.positionAt(offset);
  const { items } = await complete(analysis, position, nothing);
  for (const { textEdit } of items) {
    if (!textEdit || !('range' in textEdit)) throw new Error('an item without its place');
    const { start, end } = textEdit.range;
    // An editor refuses what does not contain the cursor or is on several lines.
    if (start.line !== position.line || end.line !== position.line || start.character > position.character || end.character < position.character) throw new Error(`wrong place ${JSON.stringify(textEdit)} at ${JSON.stringify(position)}`);
  }
  const range = (await hover(analysis, position, nothing))?.range;
  if (range) expect(document.offsetAt(range.start)).toBeLessThanOrEqual(offset);
  signatureHelp(analysis, position);
  const symbol = symbolAt(analysis, offset);
  if (!symbol) return;
  whyNotRenamed(symbol);
  const places = occurrences(symbol);
  expect(places.some(({ span }) => span.start === symbol.span.start)).toBe(true);
}

function everyList(analysis: Analysis): void {
  const { document } = analysis;
  const end = document.positionAt(document.getText().length);
  pushSemanticTokens(analysis, new SemanticTokensBuilder());
  for (const symbol of documentSymbols(analysis)) {
    // Editors refuse an outline whose names are empty or lie outside.
    expect(symbol.name).not.toBe('');
    expect(document.offsetAt(symbol.selectionRange.start)).toBeGreaterThanOrEqual(document.offsetAt(symbol.range.start));
    expect(document.offsetAt(symbol.selectionRange.end)).toBeLessThanOrEqual(document.offsetAt(symbol.range.end));
  }
  foldingRanges(analysis);
  documentLinks(analysis);
  const hints = inlayHints(analysis, { start: { line: 0, character: 0 }, end }, { variables: true, layers: true }, undefined);
  for (const { label, tooltip } of hints) expect(JSON.stringify([label, tooltip]).length).toBeLessThan(5000);
  format(analysis, { tabSize: 4, insertSpaces: true });
}

describe('every question has an answer', () => {
  it('at every place of every file of the corpus', async () => {
    for (const [name, text] of files) {
      const analysis = analyse(text);
      everyList(analysis);
      for (let offset = 0; offset <= text.length; offset += text.length > 800 ? 7 : 1)
        await everyQuestion(analysis, offset).catch((cause: unknown) => {
          throw new Error(`${name} at ${offset}`, { cause });
        });
    }
  });

  it('while every file is being typed', async () => {
    for (const [name, text] of files)
      for (let length = 0; length <= Math.min(text.length, 400); length += 3) {
        const analysis = analyse(text.slice(0, length));
        everyList(analysis);
        await everyQuestion(analysis, length).catch((cause: unknown) => {
          throw new Error(`${name}, the first ${length}`, { cause });
        });
      }
  });
});

describe('hostile text takes no long time', () => {
  const size = 50_000;
  const fill = (text: string) => text.repeat(size / text.length);
  it.each([
    ['dollars', `FROM a\nRUN ${fill('$')}`],
    ['open braces', `FROM a\nRUN ${fill('${a')}`],
    ['defaults in defaults', `FROM a\nENV A=${fill('${a:-')}`],
    ['quotes', `FROM a\nRUN ${fill(`"'`)}`],
    ['comments', `FROM a\nRUN a \\\n${fill('# $a\n')}b`],
    ['stages', Array.from({ length: 2000 }, (_, index) => `FROM s${index - 1} AS s${index}`).join('\n')],
    ['variables', `FROM a\n${Array.from({ length: 1500 }, (_, index) => `ENV V${index + 1}=$V${index}`).join('\n')}`],
    ['a value that doubles', `FROM a\nENV A=xxxxxxxxxxxxxxxx\n${'ENV A=$A$A\n'.repeat(4000)}`],
  ])('of %s', (_, text) => {
    const before = process.cpuUsage();
    const analysis = analyse(text);
    scanVariables(text, { start: 0, end: text.length }, 'shell', '\\');
    everyList(analysis);
    symbolAt(analysis, text.length - 1);
    const { user, system } = process.cpuUsage(before);
    // Generous: a quadratic step would take minutes.
    expect((user + system) / 1000).toBeLessThan(3000);
  });
});
