import type { RunInstruction } from '../../instructions.js';
import { parseHeredocWord } from '../../parse/heredoc.js';

/** A piece of shell text; `offset` is where it begins in the file, `exact` whether its offsets follow the file's. */
export interface ScriptText {
  readonly text: string;
  readonly offset: number;
  readonly exact: boolean;
  /** Length in the file, for text that is not exact. */
  readonly length: number;
}

const otherInterpreters = /\b(?:python|perl|ruby|node|php|pwsh|fish|tclsh|awk|lua)/;

/** The `#!` line of a RUN that is one heredoc, without the `#!`. */
export function shebangOf({ shell, command, heredocs: [heredoc] }: RunInstruction): string | undefined {
  if (!shell || !heredoc || !parseHeredocWord(command[0]?.value ?? '')) return undefined;
  return (heredoc.chomp ? /^\t*#!(.*)/ : /^#!(.*)/).exec(heredoc.content)?.[1];
}

/**
 * The shell text of a RUN with the file's own offsets: what Docker removes before the shell sees it (comment lines, empty lines, the
 * escape character at line ends) is blanked out instead. Undefined for an exec form and for scripts of another language.
 */
export function scriptOf(run: RunInstruction, source: string, escape: string): ScriptText | undefined {
  const [command] = run.command;
  if (!run.shell || !command) return undefined;
  const [heredoc] = run.heredocs;
  if (heredoc && parseHeredocWord(command.value)) {
    if (otherInterpreters.test(shebangOf(run) ?? '')) return undefined;
    return exact(heredoc.content, heredoc.bodyRange.start.offset);
  }
  const start = command.range.start.offset;
  const end = command.range.end.offset;
  const body = heredoc ? source.slice(heredoc.bodyRange.start.offset, run.range.end.offset) : '';
  const between = heredoc ? source.slice(end, heredoc.bodyRange.start.offset) : '';
  return exact(joinLines(source.slice(start, end), escape) + between + body, start);
}

function exact(text: string, offset: number): ScriptText {
  return { text, offset, exact: true, length: text.length };
}

function joinLines(text: string, escape: string): string {
  if (!text.includes('\n')) return text;
  const lines = text.split('\n');
  return lines
    .map((line, index) => {
      const last = index === lines.length - 1;
      if (index > 0 && /^\s*(?:#|$)/.test(line)) return ' '.repeat(line.length) + (last ? '' : ' ');
      if (last) return line;
      const trimmed = line.trimEnd();
      if (!trimmed.endsWith(escape)) return `${line} `;
      // The shell takes a backslash right before the line end only.
      return `${trimmed.slice(0, -1)}${' '.repeat(line.length - trimmed.length)}\\\n`;
    })
    .join('');
}
