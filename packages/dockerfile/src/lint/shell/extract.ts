import { forEachChild, parse, type Command, type SyntaxNode, type Word } from 'unbash';
import type { RunInstruction } from '../../instructions.js';
import type { SourceRange } from '../../source.js';
import { ShellCommand, type Around } from './command.js';
import type { ScriptText } from './script.js';
import { ShellWord, type Place } from './word.js';

export interface Extracted {
  readonly commands: readonly ShellCommand[];
  /** The first `|` anywhere, where its first failure would go unseen. */
  readonly pipe: SourceRange | undefined;
  readonly pipefail: boolean;
}

export interface Owner {
  readonly lookup: (name: string) => string | undefined;
  readonly range: (start: number, end: number) => SourceRange;
  /** How much of values may still be split into words, in the whole file: a few long ones, used often, would make millions. */
  readonly spare: { characters: number };
}

const wrappers = new Set(['sudo', 'env', 'exec', 'command', 'nice', 'nohup', 'time', 'ionice', 'eatmydata', 'builtin', 'gosu', 'chroot', 'xargs', 'timeout']);
const shells = new Set(['sh', 'bash', 'ash', 'dash', 'zsh']);
/** How deep `sh -c` and wrappers are followed, and how deep the syntax tree. */
const nestings = 5;
const levels = 200;
const variable = /\$(?:\{(\w+)\}|(\w+))/g;
/** Characters that variables may bring into one word. */
const longestValue = 4096;

const noEnv: ReadonlyMap<string, string> = new Map();
const noWrites: readonly string[] = [];

/** Parses shell text and collects its commands; never throws, a text that is no shell gives what could be understood. */
export function extract(script: ScriptText, owner: Owner): Extracted {
  const collector = new Collector(owner);
  collector.script(script, 0);
  return collector;
}

/** The commands of an exec form: the one it is, and those of a `sh -c` in it. */
export function extractExec(run: RunInstruction, owner: Owner): Extracted {
  const collector = new Collector(owner);
  const words = run.command.map(({ value, range }) => new ShellWord(value, value, { range: () => range }, 0, 0));
  collector.add(words, { env: noEnv, writes: noWrites, place: { range: () => run.range }, pos: 0, end: 0, exact: false }, 0);
  return collector;
}

/** Where the words of one script stand in the file. */
class ScriptPlace implements Place {
  readonly script: ScriptText;
  private readonly owner: Owner;

  constructor(script: ScriptText, owner: Owner) {
    this.script = script;
    this.owner = owner;
  }

  range(pos: number, end: number): SourceRange {
    const { exact, offset, length } = this.script;
    return exact ? this.owner.range(offset + pos, offset + end) : this.owner.range(offset, offset + length);
  }
}

class Collector implements Extracted {
  readonly commands: ShellCommand[] = [];
  pipe: SourceRange | undefined = undefined;
  pipefail = false;
  private readonly owner: Owner;
  private variables: Map<string, string> | undefined = undefined;

  constructor(owner: Owner) {
    this.owner = owner;
  }

  script(script: ScriptText, nesting: number): void {
    this.visit(parse(script.text), new ScriptPlace(script, this.owner), nesting, 0);
  }

  private visit(node: SyntaxNode, place: ScriptPlace, nesting: number, level: number): void {
    switch (node.type) {
      case 'Script':
      case 'CompoundList':
      case 'AndOr':
        if (level < levels) for (const child of node.commands) this.visit(child, place, nesting, level + 1);
        return;
      case 'Statement':
        if (level < levels) this.visit(node.command, place, nesting, level + 1);
        return;
      case 'Word':
        if (!mayHoldCommands(node)) return;
        break;
      case 'Pipeline':
        if (node.commands.length > 1) this.pipe ??= place.range(node.pos, node.end);
        break;
      case 'Command':
        this.command(node, place, nesting);
        this.visitWords(node, place, nesting, level);
        return;
      default:
    }
    if (level < levels) forEachChild(node, (child) => this.visit(child, place, nesting, level + 1));
  }

  /** As with any other node, but most words of a command have nothing in them, and there are many. */
  private visitWords(node: Command, place: ScriptPlace, nesting: number, level: number): void {
    if (level >= levels) return;
    for (const one of node.prefix) this.visit(one, place, nesting, level + 1);
    if (node.name && mayHoldCommands(node.name)) this.visit(node.name, place, nesting, level + 1);
    for (const one of node.suffix) if (one.type !== 'Word' || mayHoldCommands(one)) this.visit(one, place, nesting, level + 1);
  }

  private word(word: Word, place: Place): ShellWord {
    return new ShellWord(this.value(word), word.text, place, word.pos, word.end);
  }

  /** A variable that is not quoted may hold several words: `$APT install $PACKAGES`. */
  private addWord(words: ShellWord[], word: ShellWord): void {
    const { text, value } = word;
    const { spare } = this.owner;
    if (text.charCodeAt(0) !== 36 || value === text || value.length > spare.characters || !/\s/.test(value) || !/^[\w${}./:=@+-]+$/.test(text)) {
      words.push(word);
      return;
    }
    spare.characters -= value.length;
    for (const one of value.split(/\s+/)) if (one !== '') words.push(word.as(one));
  }

  /** Replaces `$x` and `${x}` where the value is known. */
  private value(word: Word): string {
    const { value } = word;
    if (!word.text.includes('$') || !value.includes('$')) return value;
    let budget = longestValue;
    let result = '';
    let done = 0;
    variable.lastIndex = 0;
    for (let match = variable.exec(value); match; match = variable.exec(value)) {
      const name = match[1] ?? match[2] ?? '';
      const known = this.variables?.get(name) ?? this.owner.lookup(name);
      if (known === undefined) continue;
      budget -= known.length;
      if (budget < 0) break;
      result += value.slice(done, match.index) + known;
      done = variable.lastIndex;
    }
    return done === 0 ? value : result + value.slice(done);
  }

  private set(name: string, value: string): void {
    (this.variables ??= new Map()).set(name, value);
  }

  private command(node: Command, place: ScriptPlace, nesting: number): void {
    const env = node.prefix.length === 0 ? noEnv : this.env(node);
    if (!node.name) {
      for (const [name, value] of env) this.set(name, value);
      return;
    }
    const words: ShellWord[] = [];
    this.addWord(words, this.word(node.name, place));
    let writes = noWrites;
    for (const one of node.suffix) {
      if (one.type === 'Word') this.addWord(words, this.word(one, place));
      else if (one.type === 'Assignment') {
        words.push(new ShellWord(one.text, one.text, place, one.pos, one.end));
        if (one.value.type === 'Word') this.set(one.name, this.value(one.value));
      } else if (writes === noWrites) writes = this.writes(node);
    }
    if (node.prefix.length > 0 && writes === noWrites) writes = this.writes(node);
    this.add(words, { env, writes, place, pos: node.pos, end: node.end, exact: place.script.exact }, nesting);
  }

  private env(node: Command): ReadonlyMap<string, string> {
    const env = new Map<string, string>();
    for (const prefix of node.prefix) if (prefix.type === 'Assignment' && prefix.value.type === 'Word') env.set(prefix.name, this.value(prefix.value));
    return env;
  }

  private writes(node: Command): readonly string[] {
    return node.redirects.flatMap((redirect) => (redirect.type === 'Redirect' && redirect.operator.startsWith('>') && redirect.target ? this.value(redirect.target) : []));
  }

  add(words: readonly ShellWord[], around: Around, nesting: number): void {
    const [first] = words;
    if (!first) return;
    const args = words.slice(1);
    const name = programName(first.value);
    this.commands.push(new ShellCommand(name, first, args, around));
    if (name === 'set' && /(?:^| )-[a-z]*o pipefail\b/.test(args.map((arg) => arg.value).join(' '))) this.pipefail = true;
    if (nesting >= nestings) return;
    if (wrappers.has(name)) this.unwrap(args, around, nesting + 1);
    if (shells.has(name)) this.nested(args, around.exact, nesting + 1);
  }

  /** `sudo -E VAR=x apt-get …`: the command behind the wrapper's own flags and assignments. */
  private unwrap(args: readonly ShellWord[], around: Around, nesting: number): void {
    const start = args.findIndex((arg) => !/^-|^\w+=|^\d+[smh]?$/.test(arg.value));
    if (start >= 0) this.add(args.slice(start), around, nesting);
  }

  private nested(args: readonly ShellWord[], exact: boolean, nesting: number): void {
    const flag = args.findIndex((arg) => /^-[a-z]*c$/.test(arg.value));
    const text = flag < 0 ? undefined : args[flag + 1];
    if (!text) return;
    if (args.some((arg) => arg.value === 'pipefail')) this.pipefail = true;
    const { start, end } = text.range;
    // Within quotes that change nothing the places are those of the file.
    const single = exact && /^(?:'[^']*'|"[^"\\$`]*")$/.test(text.text) && end.offset - start.offset === text.text.length;
    this.script(
      { text: single ? text.text.slice(1, -1) : text.value, offset: single ? start.offset + 1 : start.offset, exact: single, length: end.offset - start.offset },
      nesting,
    );
  }
}

/** Only a substitution in a word has commands in it. */
function mayHoldCommands({ text }: Word): boolean {
  return text.includes('(') || text.includes('`');
}

/** Without the folder and without `.exe`. */
function programName(text: string): string {
  const slash = Math.max(text.lastIndexOf('/'), text.lastIndexOf('\\'));
  const name = slash < 0 ? text : text.slice(slash + 1);
  return name.length > 4 && name.slice(-4).toLowerCase() === '.exe' ? name.slice(0, -4) : name;
}
