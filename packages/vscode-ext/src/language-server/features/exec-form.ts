import type { Finding } from '@caisson/dockerfile';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, type Span } from '../positions.js';

/** Words that nothing but a shell understands. */
const builtins = new Set(['.', ':', 'alias', 'cd', 'command', 'eval', 'exit', 'export', 'read', 'set', 'source', 'trap', 'ulimit', 'umask', 'unset', 'wait']);

export interface Rewrite {
  readonly where: Span;
  readonly text: string;
}

/**
 * The JSON form of a CMD or ENTRYPOINT that JSONArgsRecommended is about; undefined where only a shell could run it. An array with quotes or commas that JSON
 * does not know is what its author meant, though a shell takes it for words. The text is such as `["node", "server.js"]`.
 */
export function execForm(analysis: Analysis, { code, range }: Finding): Rewrite | undefined {
  if (code !== 'JSONArgsRecommended' || range.start.line !== range.end.line) return undefined;
  const instruction = analysis.instructionAt(range.start.offset);
  if (instruction?.kind !== 'cmd' && instruction?.kind !== 'entrypoint') return undefined;
  const [line] = instruction.command;
  const words = line && (quoted(line.value) ?? plain(line.value));
  return words && { where: span(line.range), text: `[${words.map((word) => JSON.stringify(word)).join(', ')}]` };
}

/** The words of `['a', "b"]`, of `["a" "b"]` and of `["a",]`. */
function quoted(line: string): readonly string[] | undefined {
  if (!/^\[\s*(?:'[^'"\\]*'|"[^'"\\]*")(?:(?:\s*,\s*|\s+)(?:'[^'"\\]*'|"[^'"\\]*"))*\s*,?\s*\]$/.test(line)) return undefined;
  return [...line.matchAll(/(['"])(.*?)\1/g)].map(([, , word = '']) => word);
}

/** The words of a command that means the same without a shell. */
function plain(line: string): readonly string[] | undefined {
  if (!/^[\w@%+=:,./ -]+$/.test(line)) return undefined;
  const words = line.trim().split(/ +/);
  const [program = '', ...rest] = words[0] === 'exec' ? words.slice(1) : words;
  return program === '' || program.includes('=') || builtins.has(program) ? undefined : [program, ...rest];
}
