import { DockerfileError } from '../source.js';

/** One step of a pattern: a character, `?`, `*`, a class, `.*` for a `**` at the end, any number of whole folders for one before it. */
type Step =
  | { readonly kind: 'char'; readonly char: number }
  | { readonly kind: 'one' | 'star' | 'all' | 'folders' }
  | { readonly kind: 'class'; readonly negated: boolean; readonly ranges: readonly (readonly [number, number])[] };

const slash = 47;

/**
 * A pattern of moby's patternmatcher as a small automaton: every set of states is a byte array, so that matching takes path length
 * times pattern length at worst, whatever the pattern.
 */
export class IgnorePattern {
  readonly text: string;
  /** `!`: takes back what earlier patterns ignored. */
  readonly exclusion: boolean;
  private readonly steps: readonly Step[];
  private readonly literal: string | undefined;

  /** @throws DockerfileError `arguments` for a class that does not end */
  constructor(text: string, exclusion: boolean) {
    this.text = text;
    this.exclusion = exclusion;
    this.steps = compile(text);
    this.literal = this.steps.every((step) => step.kind === 'char') ? String.fromCharCode(...this.steps.map((step) => (step.kind === 'char' ? step.char : 0))) : undefined;
  }

  matches(path: string): boolean {
    if (this.literal !== undefined) return path === this.literal;
    const states = this.run(path);
    return states !== undefined && states[this.steps.length] !== 0;
  }

  /** Whether a path that begins with `folder/` can match. */
  reachesBelow(folder: string): boolean {
    if (this.literal !== undefined) return this.literal.startsWith(`${folder}/`);
    const states = this.run(`${folder}/`);
    return states !== undefined && states.some((state, index) => state !== 0 && index < this.steps.length);
  }

  private run(path: string): Uint8Array | undefined {
    let now = new Uint8Array(this.steps.length + 1);
    now[0] = 1;
    this.skip(now);
    for (let at = 0; at < path.length; at++) {
      const next = new Uint8Array(this.steps.length + 1);
      let alive = false;
      for (let state = 0; state < this.steps.length; state++) {
        const step = this.steps[state];
        if (now[state] === 0 || !step) continue;
        alive = advance(step, state, path.charCodeAt(at), next) || alive;
      }
      if (!alive) return undefined;
      this.skip(next);
      now = next;
    }
    return now;
  }

  /** Steps that may match nothing. A state is 1 on arrival, 2 inside `folders`, where only a slash leads on. */
  private skip(states: Uint8Array): void {
    for (let state = 0; state < this.steps.length; state++) {
      const kind = this.steps[state]?.kind;
      if (((states[state] ?? 0) & 1) === 1 && (kind === 'star' || kind === 'all' || kind === 'folders')) states[state + 1] = 1;
    }
  }
}

function advance(step: Step, state: number, code: number, next: Uint8Array): boolean {
  switch (step.kind) {
    case 'char':
      if (step.char !== code) return false;
      next[state + 1] = 1;
      return true;
    case 'one':
      if (code === slash) return false;
      next[state + 1] = 1;
      return true;
    case 'class':
      if (step.ranges.some(([from, to]) => code >= from && code <= to) === step.negated) return false;
      next[state + 1] = 1;
      return true;
    case 'star':
      if (code === slash) return false;
      next[state] = 1;
      return true;
    case 'all':
      next[state] = 1;
      return true;
    default:
      next[state] = 2;
      if (code === slash) next[state + 1] = 1;
      return true;
  }
}

function compile(pattern: string): Step[] {
  const steps: Step[] = [];
  for (let at = 0; at < pattern.length; at++) {
    const code = pattern.charCodeAt(at);
    if (code === 42 && pattern.charCodeAt(at + 1) === 42) {
      const start = at;
      at++;
      const eaten = pattern.charCodeAt(at + 1) === slash;
      if (eaten) at++;
      // `**foo` alone is a plain suffix in moby, `**/foo` and any other place stand for whole folders.
      const suffix = start === 0 && !eaten && !/[*?[\]\\]/.test(pattern.slice(2));
      steps.push({ kind: at + 1 >= pattern.length || suffix ? 'all' : 'folders' });
    } else if (code === 42) steps.push({ kind: 'star' });
    else if (code === 63) steps.push({ kind: 'one' });
    else if (code === 91) {
      const parsed = parseClass(pattern, at);
      steps.push(parsed.step);
      at = parsed.end;
    } else if (code === 92 && at + 1 < pattern.length) steps.push({ kind: 'char', char: pattern.charCodeAt(++at) });
    else if (code === 92) throw syntax(pattern);
    else steps.push({ kind: 'char', char: code });
  }
  return steps;
}

function syntax(pattern: string): DockerfileError {
  return new DockerfileError('arguments', `syntax error in pattern ${JSON.stringify(pattern.slice(0, 80))}`, { hint: 'close the [ or escape it with a backslash' });
}

function parseClass(pattern: string, open: number): { step: Step; end: number } {
  let at = open + 1;
  const negated = pattern[at] === '^';
  if (negated) at++;
  const ranges: [number, number][] = [];
  const one = () => {
    if (pattern[at] === '\\') at++;
    if (at >= pattern.length || pattern[at] === '-') throw syntax(pattern);
    return pattern.charCodeAt(at++);
  };
  while (pattern[at] !== ']' || ranges.length === 0) {
    if (at >= pattern.length || pattern[at] === ']') throw syntax(pattern);
    const from = one();
    let to = from;
    if (pattern[at] === '-') {
      at++;
      if (pattern[at] === ']') throw syntax(pattern);
      to = one();
    }
    ranges.push([from, to]);
  }
  return { step: { kind: 'class', negated, ranges }, end: at };
}
