import type { Arg } from '../ast.js';
import { expandHeredoc, expandWord, expandWords, type Expansion } from '../expand/expand.js';
import type { ArgInstruction, EnvInstruction, ExposeInstruction, InlineFile, Instruction, LabelInstruction, RunInstruction } from '../instructions.js';
import { DockerfileError, type SourceRange } from '../source.js';
import { parseMount, type Mount } from '../values/mount.js';
import { parsePort, type PortRange } from '../values/port.js';
import { proxyArgs } from './platform.js';

export interface ScopeOptions {
  readonly escape?: '\\' | '`';
  /** ENV of the base image or stage. */
  readonly env?: Iterable<readonly [string, string]>;
  /** Values from above the first FROM, platform ARGs among them. */
  readonly globalArgs?: ReadonlyMap<string, string>;
  /** What the user gave with --build-arg. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** The shell in force at the start. */
  readonly shell?: readonly string[];
  /** Called for each variable that has no value where the word says nothing about that. */
  readonly onUndefined?: (name: string, range: SourceRange | undefined) => void;
}

/**
 * The variables of one stage, line by line: make it at FROM, give it every instruction in order with `apply`, and ask it in between.
 * ENV wins over ARG of the same name. `fork` starts a stage FROM this one: it inherits ENV and SHELL, not ARG.
 */
export class StageScope {
  readonly env: Map<string, string>;
  /** Declared ARGs; undefined for one without a value. */
  readonly args = new Map<string, string | undefined>();
  shell: readonly string[];
  private readonly options: ScopeOptions;

  constructor(options: ScopeOptions = {}) {
    this.options = options;
    this.env = new Map(options.env);
    this.shell = options.shell ?? ['/bin/sh', '-c'];
  }

  fork(changes: Partial<ScopeOptions> = {}): StageScope {
    return new StageScope({ ...this.options, env: this.env, shell: this.shell, ...changes });
  }

  readonly lookup = (name: string): string | undefined => this.env.get(name) ?? this.args.get(name);

  /** @throws DockerfileError `expansion` or `limit`, with the range of the argument or the one given */
  expand(word: string | Arg, range?: SourceRange): string {
    return this.located(word, range, (text) => this.note(expandWord(text, this.lookup, this.options), word, range).value);
  }

  /** Expands and splits at space that is not quoted. */
  expandWords(word: string | Arg, range?: SourceRange): readonly string[] {
    return this.located(word, range, (text) => this.note(expandWords(text, this.lookup, this.options), word, range).values);
  }

  /** The content of a heredoc of COPY or ADD, expanded unless its word was quoted. */
  expandFile(file: InlineFile): string {
    if (!file.expand) return file.content;
    return this.located({ value: file.content, range: file.heredoc.bodyRange }, undefined, (text) => this.note(expandHeredoc(text, this.lookup, this.options), text, file.heredoc.bodyRange).value);
  }

  /** Takes in what an instruction changes: ARG, ENV and SHELL; others leave the scope as it is. */
  apply(instruction: Instruction): void {
    if (instruction.kind === 'env') this.applyEnv(instruction);
    else if (instruction.kind === 'arg') this.applyArg(instruction);
    else if (instruction.kind === 'shell') this.shell = instruction.shell.map((arg) => arg.value);
  }

  /** Sets the variables and returns them; all values of one ENV see what held before it. */
  applyEnv(instruction: EnvInstruction): [string, string][] {
    const pairs = this.expandPairs(instruction);
    for (const [key, value] of pairs) this.env.set(key, value);
    return pairs;
  }

  /** A build argument wins over the default, which wins over the value from above the first FROM. */
  applyArg(instruction: ArgInstruction): [string, string | undefined][] {
    return instruction.pairs.map(({ key: name, value: given, keyRange, valueRange }) => {
      const key = this.expand(name, keyRange);
      const built = ownValue(this.options.buildArgs, key);
      const value = built ?? (given === undefined ? this.options.globalArgs?.get(key) : this.expand(given, valueRange));
      this.args.set(key, value);
      return [key, value];
    });
  }

  /** Pairs of LABEL or ENV after expansion, in order. */
  expandPairs(instruction: EnvInstruction | LabelInstruction): [string, string][] {
    return instruction.pairs.map((pair) => [this.expand(pair.key, pair.keyRange), this.expand(pair.value ?? '', pair.valueRange ?? pair.range)]);
  }

  /** What a RUN finds in its environment: proxies from build arguments, ARG, then ENV. */
  runEnv(): Map<string, string> {
    const result = new Map<string, string>();
    for (const name of proxyArgs) {
      const value = ownValue(this.options.buildArgs, name);
      if (value !== undefined) result.set(name, value);
    }
    for (const [name, value] of this.args) if (value !== undefined) result.set(name, value);
    for (const [name, value] of this.env) result.set(name, value);
    return result;
  }

  /** @throws DockerfileError `flag-value` or `expansion`, with the flag's range */
  mounts(run: RunInstruction): Mount[] {
    return run.mounts.map(({ flag, mount }) => {
      if (mount !== undefined && !/[$'"\\`]/.test(flag.value ?? '')) return mount;
      return this.located({ value: flag.value ?? '', range: flag.valueRange ?? flag.range }, undefined, (text) => parseMount(text, (value) => this.expand(value, flag.valueRange)));
    });
  }

  /** @throws DockerfileError `arguments` or `expansion`, with the range of the word */
  ports(expose: ExposeInstruction): PortRange[] {
    return expose.ports.flatMap((arg) => this.expandWords(arg).map((word) => this.located({ value: word, range: arg.range }, undefined, parsePort)));
  }

  private note<T extends Pick<Expansion, 'undefined'>>(expansion: T, word: string | Arg, range: SourceRange | undefined): T {
    if (this.options.onUndefined) for (const name of expansion.undefined) if (!this.args.has(name)) this.options.onUndefined(name, range ?? (typeof word === 'string' ? undefined : word.range));
    return expansion;
  }

  private located<T>(word: string | Arg, range: SourceRange | undefined, work: (text: string) => T): T {
    const where = range ?? (typeof word === 'string' ? undefined : word.range);
    try {
      return work(typeof word === 'string' ? word : word.value);
    } catch (error) {
      if (!(error instanceof DockerfileError) || error.range !== undefined || where === undefined) throw error;
      throw new DockerfileError(error.code, error.message, { range: where, ...(error.hint !== undefined && { hint: error.hint }) });
    }
  }
}

function ownValue(record: Readonly<Record<string, string>> | undefined, key: string): string | undefined {
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}
