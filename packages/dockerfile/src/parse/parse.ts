import type { Comment, Dockerfile, Heredoc } from '../ast.js';
import type { Instruction } from '../instructions.js';
import type { Problem, SourcePosition, SourceRange } from '../source.js';
import { DirectiveReader } from './directives.js';
import { findHeredocs } from './heredoc.js';
import { closeInstruction, instructionNames, openInstruction, takesHeredocs } from './instruction.js';
import { LogicalLine } from './logical-line.js';
import { LineScanner } from './scanner.js';
import { skipSpace } from './space.js';

export interface ParseOptions {
  /** Goes into every range. */
  readonly file?: string;
}

/**
 * Parses a Dockerfile as BuildKit's front end does and goes on after errors. Never throws: any text or bytes give a result.
 * Linear in the size of the input.
 */
export function parseDockerfile(input: string | Uint8Array, options: ParseOptions = {}): Dockerfile {
  const { text, badByte } = typeof input === 'string' ? { text: input, badByte: -1 } : decode(input);
  return new Parser(text, options.file).parse(badByte);
}

/** Text of the bytes, byte order mark included; what is not UTF-8 becomes U+FFFD, and `badByte` says where in the text it first is. */
function decode(bytes: Uint8Array): { text: string; badByte: number } {
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), badByte: -1 };
  } catch {
    const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
    return { text, badByte: Math.max(0, text.indexOf('\ufffd')) };
  }
}

class Parser {
  private readonly scanner: LineScanner;
  private readonly text: string;
  private readonly file: string | undefined;
  private readonly directives = new DirectiveReader();
  private readonly problems: Problem[] = [];
  private readonly comments: Comment[] = [];
  private readonly instructions: Instruction[] = [];
  private escape = 92;
  /** Below a heredoc without an end: lines that are no instruction are taken for its body. */
  private recovering = false;
  /** For every line, with and without leading tabs, where it last occurs: made once a heredoc has no end, so that many are cheap. */
  private lastLines: Map<string, number> | undefined;

  constructor(text: string, file: string | undefined) {
    this.text = text;
    this.file = file;
    this.scanner = new LineScanner(text);
  }

  parse(badByte: number): Dockerfile {
    let attached: Comment[] = [];
    let badLine: SourceRange | undefined;
    const { scanner, text } = this;
    while (scanner.advance()) {
      if (badByte >= 0 && badLine === undefined && badByte < scanner.next) badLine = this.onLine(badByte, badByte + 1);
      const at = skipSpace(text, scanner.start, scanner.end);
      const seen = this.directives.found.length;
      if (this.directives.read(text, at, scanner.end, scanner.line === 1, (from, to) => this.onLine(from, to), this.problems)) {
        const added = this.directives.found[seen];
        if (added?.name === 'escape') this.escape = added.value.charCodeAt(0);
        continue;
      }
      if (at >= scanner.end) attached = [];
      else if (text.charCodeAt(at) === 35) attached.push(this.comment(at));
      else {
        const instruction = this.instruction(at, attached);
        if (instruction) this.instructions.push(instruction);
        attached = [];
      }
    }
    if (badLine) this.problems.push({ code: 'encoding', message: 'the file is not valid UTF-8', range: badLine, hint: 'save it as UTF-8' });
    this.checkOrder();
    this.problems.sort((a, b) => a.range.start.offset - b.range.start.offset);
    return {
      ...(this.file !== undefined && { file: this.file }),
      source: text,
      escape: this.escape === 92 ? '\\' : '`',
      directives: this.directives.found,
      instructions: this.instructions,
      comments: this.comments,
      errors: this.problems,
    };
  }

  private comment(at: number): Comment {
    const comment = { text: this.text.slice(at + 1, this.scanner.end).trim(), range: this.onLine(at, this.scanner.end) };
    this.comments.push(comment);
    return comment;
  }

  private point(offset: number): SourcePosition {
    return { line: Math.max(1, this.scanner.line), column: offset - this.scanner.start + 1, offset };
  }

  private onLine(from: number, to: number): SourceRange {
    return this.range(this.point(from), this.point(to));
  }

  private range(start: SourcePosition, end: SourcePosition): SourceRange {
    return this.file === undefined ? { start, end } : { file: this.file, start, end };
  }

  /** Adds a physical line to the logical one; true if another line follows. */
  private addLine(line: LogicalLine, from: number): boolean {
    const { scanner, text } = this;
    let end = scanner.end;
    while (end > from && (text.charCodeAt(end - 1) === 32 || text.charCodeAt(end - 1) === 9)) end--;
    const goesOn = end > from && text.charCodeAt(end - 1) === this.escape && (end - 1 === from || text.charCodeAt(end - 2) !== this.escape);
    line.add(text.slice(from, goesOn ? end - 1 : scanner.end), from, scanner.line, scanner.start);
    return goesOn;
  }

  private instruction(at: number, attached: Comment[]): Instruction | undefined {
    const { scanner, text } = this;
    const line = new LogicalLine(this.file);
    const emptyContinuations: number[] = [];
    let goesOn = this.addLine(line, at);
    while (goesOn && scanner.advance()) {
      const first = skipSpace(text, scanner.start, scanner.end);
      if (first >= scanner.end) emptyContinuations.push(scanner.line);
      else if (text.charCodeAt(first) === 35) this.comment(first);
      else goesOn = this.addLine(line, scanner.start);
    }
    line.finish();
    const opening = openInstruction(line, 0, this.escape);
    if (this.recovering && !instructionNames.includes(opening.name)) return undefined;
    this.recovering = false;
    let end = line.position(opening.to, true);
    const heredocs: Heredoc[] = [];
    if (takesHeredocs(opening)) {
      for (const word of findHeredocs(line.text)) {
        const heredoc = this.heredocBody(line, word);
        if (!heredoc) break;
        heredocs.push(heredoc);
        end = heredoc.terminatorRange.end;
      }
    }
    const start = line.position(opening.start);
    return closeInstruction(opening, {
      line,
      escape: this.escape,
      heredocs,
      comments: attached,
      emptyContinuations,
      problems: this.problems,
      range: this.range(start, end),
      text: text.slice(start.offset, end.offset),
    });
  }

  /** Reads up to the terminator. Where there is none nothing is taken, so that what follows is still seen by an editor. */
  private heredocBody(line: LogicalLine, word: ReturnType<typeof findHeredocs>[number]): Heredoc | undefined {
    const { scanner, text } = this;
    const before = { line: scanner.line, start: scanner.start, end: scanner.end, next: scanner.next };
    const range = line.range(word.start, word.end);
    let bodyStart: SourcePosition | undefined;
    const last = this.lastLines?.get((word.chomp ? '\t' : '\n') + word.name) ?? -1;
    while ((this.lastLines === undefined || last >= scanner.next) && scanner.advance()) {
      bodyStart ??= this.point(scanner.start);
      let from = scanner.start;
      if (word.chomp) while (from < scanner.end && text.charCodeAt(from) === 9) from++;
      if (scanner.end - from !== word.name.length || !text.startsWith(word.name, from)) continue;
      const { name, fd, expand, chomp } = word;
      return {
        name,
        fd,
        expand,
        chomp,
        content: text.slice(bodyStart.offset, scanner.start),
        range,
        bodyRange: this.range(bodyStart, this.point(scanner.start)),
        terminatorRange: this.onLine(scanner.start, scanner.end),
      };
    }
    this.problems.push({ code: 'heredoc', message: 'unterminated heredoc', range, hint: `end it with a line that is just ${word.name.slice(0, 60)}` });
    this.recovering = true;
    Object.assign(scanner, before);
    this.lastLines ??= indexLines(this.text);
    return undefined;
  }

  private checkOrder(): void {
    const [first] = this.instructions;
    if (!first) {
      const zero = { line: 1, column: 1, offset: 0 };
      this.problems.push({ code: 'empty', message: 'file with no instructions', range: this.range(zero, zero), hint: 'start with FROM' });
      return;
    }
    for (const instruction of this.instructions) {
      if (instruction.name === 'FROM') return;
      if (instruction.kind === 'arg' || instruction.kind === 'invalid') continue;
      this.problems.push({
        code: 'order',
        message: 'no build stage in current context',
        range: instruction.keyword.range,
        hint: `put ${instruction.name} below a FROM: only ARG may stand above the first`,
      });
    }
  }
}

function indexLines(text: string): Map<string, number> {
  const last = new Map<string, number>();
  const scanner = new LineScanner(text);
  while (scanner.advance()) {
    const line = text.slice(scanner.start, scanner.end);
    last.set('\n' + line, scanner.start);
    last.set('\t' + line.replace(/^\t+/, ''), scanner.start);
  }
  return last;
}
