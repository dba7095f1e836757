import type { Finding } from '@caisson/dockerfile';
import type { TextEdit } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, spanRange } from '../positions.js';

/** hadolint reads its own codes, BuildKit the others; the linter takes either for any rule. */
const isHadolint = (code: string) => /^(?:DL|SC)\d/.test(code);

const lineBreak = (source: string) => (source.includes('\r\n') ? '\r\n' : '\n');

/** A comment above the instruction, or the code added to one that is there; undefined where no instruction is at fault. */
export function suppressHere(analysis: Analysis, { code, range }: Finding): TextEdit | undefined {
  const { document, file } = analysis;
  const instruction = analysis.instructionAt(range.start.offset);
  if (!instruction) return undefined;
  const form = isHadolint(code) ? /^hadolint\s+ignore\s*=\s*[^\s]/ : /^check\s*=.*\bskip=[^\s]/;
  const existing = instruction.comments.find(({ text }) => form.test(text));
  if (existing) return appended(analysis, span(existing.range), code);
  const start = instruction.range.start.offset;
  const lineStart = file.source.lastIndexOf('\n', start - 1) + 1;
  const indent = file.source.slice(lineStart, start).replace('\ufeff', '');
  const text = isHadolint(code) ? `# hadolint ignore=${code}` : `# check=skip=${code}`;
  return { range: spanRange(document, { start, end: start }), newText: `${text}${lineBreak(file.source)}${indent}` };
}

/** A directive at the top for build checks, a comment of hadolint's for its rules. */
export function suppressInFile(analysis: Analysis, { code }: Finding): TextEdit {
  const { document, file } = analysis;
  const newline = lineBreak(file.source);
  const last = file.directives.at(-1);
  if (isHadolint(code)) {
    const existing = file.comments.find(({ text }) => /^hadolint\s+global\s+ignore\s*=\s*\S/.test(text));
    if (existing) return appended(analysis, span(existing.range), code);
    const at = afterDirectives(analysis);
    // A comment ends the directives, so it stands below them.
    return { range: spanRange(document, { start: at, end: at }), newText: `${last && at === last.range.end.offset ? newline : ''}# hadolint global ignore=${code}${last && at === last.range.end.offset ? '' : newline}` };
  }
  const check = file.directives.find(({ name }) => name === 'check');
  if (check) {
    if (/\bskip=/i.test(check.value)) return appended(analysis, span(check.range), code);
    const end = check.range.end.offset;
    return { range: spanRange(document, { start: end, end }), newText: `;skip=${code}` };
  }
  const at = afterDirectives(analysis);
  const behind = last && at === last.range.end.offset;
  return { range: spanRange(document, { start: at, end: at }), newText: behind ? `${newline}# check=skip=${code}` : `# check=skip=${code}${newline}` };
}

/** The end of the last directive, or the start of the text below a shebang. */
function afterDirectives({ file }: Analysis): number {
  const last = file.directives.at(-1);
  if (last) return last.range.end.offset;
  return /^\ufeff?(?:#!.*\n)?/.exec(file.source)?.[0].length ?? 0;
}

/** `,CODE` behind the list of codes in a comment. */
function appended({ document, file }: Analysis, { start, end }: { start: number; end: number }, code: string): TextEdit {
  const text = file.source.slice(start, end);
  const list = /\b(?:ignore|skip)\s*=\s*(?:[\w./-]+\s*,\s*)*[\w./-]+/i.exec(text);
  const at = list ? start + list.index + list[0].length : end;
  return { range: spanRange(document, { start: at, end: at }), newText: `,${code}` };
}
