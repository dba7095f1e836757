import { forEachChild, parse, type Command, type SyntaxNode, type Word } from 'unbash';
import type { Instruction, RunInstruction } from '../../instructions.js';
import type { SourceRange } from '../../source.js';
import type { ShellCommand, ShellWord } from './command.js';
import type { ScriptText } from './script.js';

export interface Extracted {
  readonly commands: ShellCommand[];
  /** A `|` anywhere, where its first failure would go unseen. */
  readonly pipes: SourceRange[];
  readonly pipefail: boolean;
}

export interface Owner {
  readonly run: RunInstruction;
  readonly instruction: Instruction;
  readonly stage: number;
  readonly lookup: (name: string) => string | undefined;
  readonly range: (start: number, end: number) => SourceRange;
}

const wrappers = new Set(['sudo', 'env', 'exec', 'command', 'nice', 'nohup', 'time', 'ionice', 'eatmydata', 'builtin', 'gosu', 'chroot', 'xargs', 'timeout']);
const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);
/** How deep `sh -c` and wrappers are followed, and how deep the syntax tree. */
const nestings = 5;
const levels = 200;
/** Characters that variables may bring into one word. */
const longestValue = 4096;

/** Parses shell text and collects its commands; never throws, a text that is no shell gives what could be understood. */
export function extract(script: ScriptText, owner: Owner): Extracted {
  const collector = new Collector(owner);
  collector.script(script, 0);
  return collector;
}

/** The commands of an exec form: the one it is, and those of a `sh -c` in it. */
export function extractExec(owner: Owner): Extracted {
  const collector = new Collector(owner);
  const words = owner.run.command.map((arg): ShellWord => ({ value: arg.value, text: arg.value, range: arg.range }));
  collector.add(words, new Map(), [], owner.run.range, false, 0);
  return collector;
}

class Collector implements Extracted {
  readonly commands: ShellCommand[] = [];
  readonly pipes: SourceRange[] = [];
  pipefail = false;
  private readonly owner: Owner;
  private readonly variables = new Map<string, string>();

  constructor(owner: Owner) {
    this.owner = owner;
  }

  script(script: ScriptText, nesting: number): void {
    this.visit(parse(script.text), script, nesting, 0);
  }

  private where(script: ScriptText, pos: number, end: number): SourceRange {
    return script.exact ? this.owner.range(script.offset + pos, script.offset + end) : this.owner.range(script.offset, script.offset + script.length);
  }

  private visit(node: SyntaxNode, script: ScriptText, nesting: number, level: number): void {
    if (node.type === 'Pipeline' && node.commands.length > 1) this.pipes.push(this.where(script, node.pos, node.end));
    if (node.type === 'Command') this.command(node, script, nesting);
    if (level < levels) forEachChild(node, (child) => this.visit(child, script, nesting, level + 1));
  }

  private word(word: Word, script: ScriptText): ShellWord {
    return { value: this.value(word), text: word.text, range: this.where(script, word.pos, word.end) };
  }

  /** Replaces `$x` and `${x}` where the value is known. */
  private value(word: Word): string {
    if (!word.text.includes('$')) return word.value;
    let budget = longestValue;
    return word.value.replace(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced: string | undefined, bare: string | undefined) => {
      const name = braced ?? bare ?? '';
      const value = this.variables.get(name) ?? this.owner.lookup(name) ?? whole;
      budget -= value.length;
      return budget < 0 ? whole : value;
    });
  }

  private command(node: Command, script: ScriptText, nesting: number): void {
    const env = new Map<string, string>();
    for (const prefix of node.prefix) if (prefix.type === 'Assignment' && prefix.value.type === 'Word') env.set(prefix.name, this.value(prefix.value));
    if (!node.name) {
      for (const [name, value] of env) this.variables.set(name, value);
      return;
    }
    const words = [this.word(node.name, script)];
    for (const arg of node.args) {
      if (arg.type === 'Word') words.push(this.word(arg, script));
      else {
        words.push({ value: arg.text, text: arg.text, range: this.where(script, arg.pos, arg.end) });
        if (arg.value.type === 'Word') this.variables.set(arg.name, this.value(arg.value));
      }
    }
    const writes = node.redirects.flatMap((redirect) => (redirect.type === 'Redirect' && redirect.operator.startsWith('>') && redirect.target ? this.value(redirect.target) : []));
    this.add(splitName(words), env, writes, this.where(script, node.pos, node.end), script.exact, nesting);
  }

  add(words: readonly ShellWord[], env: ReadonlyMap<string, string>, writes: readonly string[], range: SourceRange, exact: boolean, nesting: number): void {
    const [first, ...args] = words;
    if (!first) return;
    const { run, instruction, stage } = this.owner;
    const name = first.value.replace(/^.*[/\\]/, '').replace(/\.exe$/i, '');
    this.commands.push({ name, words, args, range, env, writes, run, instruction, stage, exact });
    if (name === 'set' && /(?:^| )-[a-z]*o pipefail\b/.test(args.map((arg) => arg.value).join(' '))) this.pipefail = true;
    if (nesting >= nestings) return;
    if (wrappers.has(name)) this.unwrap(args, env, writes, range, exact, nesting + 1);
    if (shells.has(name)) this.nested(args, exact, nesting + 1);
  }

  /** `sudo -E VAR=x apt-get …`: the command behind the wrapper's own flags and assignments. */
  private unwrap(args: readonly ShellWord[], env: ReadonlyMap<string, string>, writes: readonly string[], range: SourceRange, exact: boolean, nesting: number): void {
    const start = args.findIndex((arg) => !/^-|^\w+=|^\d+[smh]?$/.test(arg.value));
    if (start >= 0) this.add(args.slice(start), env, writes, range, exact, nesting);
  }

  private nested(args: readonly ShellWord[], exact: boolean, nesting: number): void {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg.value));
    const text = flag < 0 ? undefined : args[flag + 1];
    if (!text) return;
    if (args.some((arg) => arg.value === 'pipefail')) this.pipefail = true;
    const { start, end } = text.range;
    const single = exact && /^'[^']*'$/.test(text.text) && end.offset - start.offset === text.text.length;
    this.script(
      { text: single ? text.text.slice(1, -1) : text.value, offset: single ? start.offset + 1 : start.offset, exact: single, length: end.offset - start.offset },
      nesting,
    );
  }
}

/** A variable in the place of the name may hold several words: `$APT install`. */
function splitName(words: readonly ShellWord[]): readonly ShellWord[] {
  const [first, ...rest] = words;
  if (!first || first.value === first.text || !first.text.startsWith('$') || !first.value.includes(' ')) return words;
  return [...first.value.split(/\s+/).map((value) => ({ ...first, value })), ...rest];
}
