import type { Branch, Node, Operand, Parsed, Pipe } from './ast.js';
import { templateError, type Place } from './errors.js';
import { functions } from './functions.js';
import { lex, type Token } from './lexer.js';

const deepest = 200;
const keywords = new Set(['if', 'with', 'range', 'else', 'end', 'define', 'block', 'template', 'break', 'continue']);

/** Parses a template of Go's text/template. @throws CaissonError `invalid-argument` with the place of the fault */
export function parseTemplate(source: string): Parsed {
  return new Parser(lex(source)).run();
}

/** What ended a list of nodes: `end`, `else` (with what comes behind it still to be read), or the end of the template. */
type Ending = 'end' | 'else' | 'eof';

class Parser {
  readonly #tokens: readonly Token[];
  readonly #defined = new Map<string, readonly Node[]>();
  readonly #variables: string[] = [''];
  #place = 0;
  #depth = 0;
  #ranges = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  run(): Parsed {
    const [nodes, ending, at] = this.#list();
    if (ending !== 'eof') throw templateError(`{{${ending}}} without an action that it belongs to`, at);
    return { nodes, defined: this.#defined };
  }

  #list(): [nodes: Node[], ending: Ending, at: Place | undefined] {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#tokens[this.#place];
      if (!token) return [nodes, 'eof', this.#tokens.at(-1)?.at];
      this.#place++;
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const first = this.#peek();
      if (first.kind === 'word' && keywords.has(first.text)) {
        this.#place++;
        if (first.text === 'end') this.#close();
        if (first.text === 'end' || first.text === 'else') return [nodes, first.text, first.at];
        this.#keyword(first, nodes);
      } else nodes.push({ kind: 'print', pipe: this.#pipe('close', 1) });
    }
  }

  #keyword({ text, at }: Token, nodes: Node[]): void {
    switch (text) {
      case 'if':
      case 'with':
      case 'range':
        nodes.push(this.#branch(text, at));
        break;
      case 'break':
      case 'continue':
        if (this.#ranges === 0) throw templateError(`{{${text}}} outside of {{range}}`, at);
        this.#close();
        nodes.push({ kind: text });
        break;
      case 'template':
        nodes.push({ kind: 'template', name: this.#name(text), pipe: this.#optionalPipe(), at });
        break;
      case 'block': {
        const name = this.#name(text);
        const pipe = this.#pipe('close', 0);
        this.#defined.set(name, this.#definition(text, at));
        nodes.push({ kind: 'template', name, pipe, at });
        break;
      }
      case 'define': {
        if (this.#depth > 0) throw templateError('{{define}} within another action', at);
        const name = this.#name(text);
        this.#close();
        this.#defined.set(name, this.#definition(text, at));
      }
    }
  }

  #definition(action: string, at: Place): readonly Node[] {
    const outer = this.#variables.splice(0, this.#variables.length, '');
    const ranges = this.#ranges;
    this.#ranges = 0;
    const nodes = this.#body(action, at, false)[0];
    this.#ranges = ranges;
    this.#variables.splice(0, this.#variables.length, ...outer);
    return nodes;
  }

  /** The nodes up to `{{end}}`, and those behind `{{else}}`. */
  #body(action: string, at: Place, mayElse: boolean): [body: readonly Node[], otherwise: readonly Node[]] {
    if (++this.#depth > deepest) throw templateError('actions are nested too deeply', at);
    const [body, ending, where] = this.#list();
    let otherwise: readonly Node[] = [];
    if (ending === 'eof') throw templateError(`{{${action}}} is not closed by {{end}}`, at);
    if (ending === 'else') {
      if (!mayElse) throw templateError(`{{else}} does not go with {{${action}}}`, where);
      otherwise = this.#else(action, at);
    }
    this.#depth--;
    return [body, otherwise];
  }

  /** Behind the word `else`: `{{else}}`, or `{{else if}}`, which shares the `{{end}}`. */
  #else(action: string, at: Place): readonly Node[] {
    const next = this.#peek();
    if (next.kind === 'word' && next.text === action && (action === 'if' || action === 'with')) {
      this.#place++;
      return [this.#branch(action, next.at)];
    }
    this.#close();
    const [nodes, ending, where] = this.#list();
    if (ending === 'eof') throw templateError(`{{${action}}} is not closed by {{end}}`, at);
    if (ending === 'else') throw templateError('a second {{else}}', where);
    return nodes;
  }

  #branch(kind: Branch['kind'], at: Place): Branch {
    const scope = this.#variables.length;
    const pipe = this.#pipe('close', kind === 'range' ? 2 : 1);
    if (kind === 'range') this.#ranges++;
    const [body, otherwise] = this.#body(kind, at, true);
    if (kind === 'range') this.#ranges--;
    this.#variables.length = scope;
    return { kind, pipe, body, otherwise };
  }

  #optionalPipe(): Pipe | undefined {
    if (this.#peek().kind !== 'close') return this.#pipe('close', 0);
    this.#place++;
    return undefined;
  }

  /** Up to the closing of its action or parenthesis, which it takes. `declares`: how many variables it may begin with. */
  #pipe(closing: 'close' | ')', declares: number): Pipe {
    const { at } = this.#peek();
    const { variables, assigns } = declares > 0 ? this.#declaration(declares) : { variables: [], assigns: false };
    const commands: (readonly Operand[])[] = [];
    for (;;) {
      const operands = this.#command();
      if (operands.length === 0) throw templateError('a value is missing', this.#peek().at);
      if (commands.length > 0 && !takesArguments(operands[0])) throw templateError('what stands behind | must be a function or a field', operands[0]?.at);
      commands.push(operands);
      const token = this.#next();
      if (token.kind === 'symbol' && token.text === '|') continue;
      if (token.kind === closing || (token.kind === 'symbol' && token.text === closing)) break;
      throw templateError(`${JSON.stringify(token.text)} is not expected here`, token.at);
    }
    if (!assigns) this.#variables.push(...variables);
    return { variables, assigns, commands, at };
  }

  #declaration(most: number): { variables: string[]; assigns: boolean } {
    const none = { variables: [], assigns: false };
    const start = this.#place;
    const variables: string[] = [];
    for (;;) {
      const [name, symbol] = [this.#peek(), this.#tokens[this.#place + 1]];
      if (name.kind !== 'variable' || symbol?.kind !== 'symbol' || ![',', ':=', '='].includes(symbol.text)) break;
      variables.push(name.text);
      this.#place += 2;
      if (symbol.text === ',') continue;
      if (variables.length > most) throw templateError(`too many variables`, name.at);
      const assigns = symbol.text === '=';
      if (assigns) for (const variable of variables) this.#known(variable, name.at);
      return { variables, assigns };
    }
    this.#place = start;
    return none;
  }

  #command(): readonly Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === 'close' || (token.kind === 'symbol' && token.text !== '(')) return operands;
      if (operands.length > 0 && !token.spaced) throw templateError(`a space is missing before ${JSON.stringify(token.text)}`, token.at);
      operands.push(this.#operand());
    }
  }

  #operand(): Operand {
    const token = this.#next();
    const { at, text } = token;
    switch (token.kind) {
      case 'dot':
        return { kind: 'dot', at };
      case 'field':
        return { kind: 'field', fields: [text, ...this.#fields()], at };
      case 'variable':
        this.#known(text, at);
        return { kind: 'variable', name: text, fields: this.#fields(), at };
      case 'string':
        return { kind: 'literal', value: text, at };
      case 'char':
        return { kind: 'literal', value: text.codePointAt(0) ?? 0, at };
      case 'number':
        return { kind: 'literal', value: parseNumber(text, at), at };
      case 'symbol': {
        if (++this.#depth > deepest) throw templateError('parentheses are nested too deeply', at);
        const pipe = this.#pipe(')', 0);
        this.#depth--;
        return { kind: 'pipe', pipe, fields: this.#fields(), at };
      }
      case 'word':
        if (text === 'nil') return { kind: 'nil', at };
        if (text === 'true' || text === 'false') return { kind: 'literal', value: text === 'true', at };
        if (!functions.has(text)) throw templateError(`function ${JSON.stringify(text)} is not defined`, at, `functions are ${[...functions.keys()].sort().join(', ')}`);
        return { kind: 'function', name: text, at };
      default:
        throw templateError(`${JSON.stringify(text)} is not expected here`, at);
    }
  }

  #fields(): string[] {
    const fields: string[] = [];
    for (let token = this.#peek(); token.kind === 'field' && !token.spaced; token = this.#peek()) {
      fields.push(token.text);
      this.#place++;
    }
    return fields;
  }

  #known(variable: string, at: Place): void {
    if (!this.#variables.includes(variable)) throw templateError(`variable $${variable} is not defined`, at);
  }

  #name(action: string): string {
    const token = this.#next();
    if (token.kind !== 'string') throw templateError(`{{${action}}} needs a name in quotes`, token.at);
    return token.text;
  }

  #close(): void {
    const token = this.#next();
    if (token.kind !== 'close') throw templateError(`${JSON.stringify(token.text)} is not expected here`, token.at);
  }

  #peek(): Token {
    const token = this.#tokens[this.#place];
    if (!token) throw templateError('it ends in the middle of an action', this.#tokens.at(-1)?.at);
    return token;
  }

  #next(): Token {
    const token = this.#peek();
    this.#place++;
    return token;
  }
}

function takesArguments(operand: Operand | undefined): boolean {
  return operand?.kind === 'function' || operand?.kind === 'field' || ((operand?.kind === 'variable' || operand?.kind === 'pipe') && operand.fields.length > 0);
}

function parseNumber(text: string, at: Place): number {
  const sign = text.startsWith('-') ? -1 : 1;
  const value = sign * Number(text.replace(/^[+-]/, '').replaceAll('_', ''));
  if (Number.isNaN(value)) throw templateError(`${JSON.stringify(text)} is not a number`, at);
  return value;
}
