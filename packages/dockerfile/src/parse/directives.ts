import type { Directive } from '../ast.js';
import type { Problem, SourceRange } from '../source.js';
import { isSpace, skipSpace, trimEndIndex } from './space.js';

const names = new Set(['syntax', 'escape', 'check']);

/**
 * Reads directives line by line until the first line that is none. `syntax` and `check` are also found below a shebang line, `escape`
 * is not: BuildKit's parser takes the shebang for a comment, its front end skips it.
 */
export class DirectiveReader {
  readonly found: Directive[] = [];
  private done = false;
  private shebang = false;

  /** True if the line from `start` to `end` was a directive. */
  read(text: string, start: number, end: number, first: boolean, range: (from: number, to: number) => SourceRange, problems: Problem[]): boolean {
    if (this.done) return false;
    const at = skipSpace(text, start, end);
    if (first && text.startsWith('#!', at)) {
      this.shebang = true;
      return false;
    }
    const match = matchDirective(text, at, end);
    if (match === undefined) {
      this.done = true;
      return false;
    }
    const { name, valueStart, valueEnd } = match;
    if (this.found.some((other) => other.name === name)) {
      problems.push({ code: 'directive', message: `only one ${name} parser directive can be used`, range: range(at, end), hint: 'remove one of the two' });
      return true;
    }
    if (name === 'escape' && this.shebang) return false;
    const value = text.slice(valueStart, valueEnd);
    if (name === 'escape' && value !== '\\' && value !== '`') {
      problems.push({
        code: 'directive',
        message: `invalid escape token '${value.slice(0, 40)}' does not match \` or \\`,
        range: range(valueStart, valueEnd),
        hint: 'the escape character is a backslash or a backtick',
      });
      return true;
    }
    const fault = name === 'check' ? checkFault(value) : undefined;
    if (fault !== undefined) problems.push({ code: 'directive', message: fault, range: range(valueStart, valueEnd), hint: 'check takes skip=RULE,…, error=true and experimental=RULE,…, with a semicolon between them' });
    this.found.push({ name, value, range: range(at, valueEnd), valueRange: range(valueStart, valueEnd) });
    return true;
  }
}

/** What BuildKit has against the options of `# check=`. Names of rules it takes as they are, those of later versions too. */
function checkFault(value: string): string | undefined {
  for (const part of value.split(';')) {
    const [, key = '', setting = ''] = /^([^=]*)=(.*)$/s.exec(part) ?? [];
    if (!part.includes('=')) return `invalid check option "${part.slice(0, 40)}"`;
    if (!['skip', 'error', 'experimental'].includes(key.trim())) return `invalid check option "${key.trim().slice(0, 40)}"`;
    if (key.trim() === 'error' && !/^(?:1|t|T|TRUE|true|True|0|f|F|FALSE|false|False)$/.test(setting.trim())) return `the check option error is true or false, not "${setting.trim().slice(0, 40)}"`;
  }
  return undefined;
}

function matchDirective(text: string, at: number, end: number, prefix = '#') {
  if (!text.startsWith(prefix, at)) return undefined;
  let i = skipSpace(text, at + prefix.length, end);
  const nameStart = i;
  while (i < end && /[A-Za-z0-9]/.test(text.charAt(i))) i++;
  const name = text.slice(nameStart, i).toLowerCase();
  if (!isDirectiveName(name)) return undefined;
  i = skipSpace(text, i, end);
  if (text.charAt(i) !== '=' || i >= end) return undefined;
  const valueStart = skipSpace(text, i + 1, end);
  const valueEnd = trimEndIndex(text, valueStart, end);
  return valueEnd > valueStart ? { name, valueStart, valueEnd } : undefined;
}

function isDirectiveName(name: string): name is Directive['name'] {
  return names.has(name);
}

/**
 * The front end image a text asks for: `# syntax=` after a byte order mark and shebang, `// syntax=`, or the `syntax` key of a JSON
 * document. Undefined where there is none.
 */
export function detectSyntax(text: string): string | undefined {
  let start = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  if (text.startsWith('#!', start)) {
    const newline = text.indexOf('\n', start);
    start = newline < 0 ? text.length : newline + 1;
  }
  for (const prefix of ['#', '//']) {
    const seen = new Set<string>();
    for (let at = start; at < text.length; ) {
      const newline = text.indexOf('\n', at);
      const end = newline < 0 ? text.length : newline;
      const match = matchDirective(text, at, end, prefix);
      if (match === undefined || seen.has(match.name)) break;
      seen.add(match.name);
      if (match.name === 'syntax') return firstWord(text.slice(match.valueStart, match.valueEnd));
      at = end + 1;
    }
  }
  if (text.charAt(skipSpace(text, start)) !== '{') return undefined;
  try {
    const document: unknown = JSON.parse(text.slice(start));
    if (typeof document === 'object' && document !== null && 'syntax' in document && typeof document.syntax === 'string') return document.syntax;
  } catch {
    // Not JSON: then it names no front end.
  }
  return undefined;
}

function firstWord(value: string): string {
  for (let i = 0; i < value.length; i++) if (isSpace(value.charCodeAt(i))) return value.slice(0, i);
  return value;
}
