import type { Branch, Node, Operand, Parsed, Pipe } from './ast.js';
import { isCaissonError } from '@caisson/core';
import { templateError, type Place } from './errors.js';
import { functions, type TemplateFunction } from './functions.js';
import { format, isStruct, isTrue, noValue, sortedEntries, typeName, type Value } from './values.js';

const deepest = 200;

/** Runs a template on a value. @throws CaissonError `invalid-argument` with the place of the fault */
export function evaluate(template: Parsed, data: Value, known: ReadonlyMap<string, TemplateFunction> = functions): string {
  const run = new Evaluation(template, known);
  run.nodes(template.nodes, data, [['', data]]);
  return run.output.join('');
}

type Variables = [name: string, value: Value][];
type Flow = 'break' | 'continue' | undefined;

class Evaluation {
  readonly output: string[] = [];
  readonly #template: Parsed;
  readonly #functions: ReadonlyMap<string, TemplateFunction>;
  #depth = 0;

  constructor(template: Parsed, known: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template;
    this.#functions = known;
  }

  nodes(nodes: readonly Node[], dot: Value, variables: Variables): Flow {
    const scope = variables.length;
    for (const node of nodes) {
      const flow = this.#node(node, dot, variables);
      if (flow) {
        variables.length = scope;
        return flow;
      }
    }
    variables.length = scope;
    return undefined;
  }

  #node(node: Node, dot: Value, variables: Variables): Flow {
    switch (node.kind) {
      case 'text':
        this.output.push(node.text);
        return undefined;
      case 'print': {
        const value = this.#pipe(node.pipe, dot, variables);
        if (node.pipe.variables.length === 0) this.output.push(value === null || value === undefined ? '<no value>' : format(value));
        return undefined;
      }
      case 'template':
        this.#call(node.name, node.pipe ? this.#pipe(node.pipe, dot, variables) : null, node.at);
        return undefined;
      case 'break':
      case 'continue':
        return node.kind;
      case 'range':
        return this.#range(node, dot, variables);
      case 'if':
      case 'with': {
        const scope = variables.length;
        const value = this.#pipe(node.pipe, dot, variables);
        const flow = isTrue(value) ? this.nodes(node.body, node.kind === 'with' ? value : dot, variables) : this.nodes(node.otherwise, dot, variables);
        variables.length = scope;
        return flow;
      }
    }
  }

  #call(name: string, data: Value, at: Place): void {
    const nodes = this.#template.defined.get(name);
    if (!nodes) throw templateError(`template ${JSON.stringify(name)} is not defined`, at);
    if (++this.#depth > deepest) throw templateError(`template ${JSON.stringify(name)} calls itself too often`, at);
    this.nodes(nodes, data, [['', data]]);
    this.#depth--;
  }

  #range({ pipe, body, otherwise }: Branch, dot: Value, variables: Variables): Flow {
    const scope = variables.length;
    const items = entries(this.#pipe({ ...pipe, variables: [] }, dot, variables), pipe.at);
    let any = false;
    for (const [key, item] of items) {
      any = true;
      const [first, second] = pipe.variables;
      if (first !== undefined) this.#bind(variables, [[first, second === undefined ? item : key], ...(second === undefined ? [] : [[second, item] as const])], pipe.assigns);
      const flow = this.nodes(body, item, variables);
      if (!pipe.assigns) variables.length = scope;
      if (flow === 'break') break;
    }
    const flow = any ? undefined : this.nodes(otherwise, dot, variables);
    variables.length = scope;
    return flow;
  }

  #bind(variables: Variables, values: readonly (readonly [string, Value])[], assigns: boolean): void {
    for (const [name, value] of values) {
      const holder = assigns ? variables.findLast(([known]) => known === name) : undefined;
      if (holder) holder[1] = value;
      else variables.push([name, value]);
    }
  }

  #pipe(pipe: Pipe, dot: Value, variables: Variables): Value {
    let value: Value = noPrevious;
    for (const command of pipe.commands) value = this.#command(command, value, dot, variables);
    const [name] = pipe.variables;
    if (name !== undefined) this.#bind(variables, [[name, value]], pipe.assigns);
    return value;
  }

  #command([first, ...rest]: readonly Operand[], previous: Value, dot: Value, variables: Variables): Value {
    if (!first) return null;
    const passed = previous === noPrevious ? [] : [previous];
    try {
      if (first.kind === 'function') return this.#function(first.name, rest, passed, dot, variables);
      const value = this.#operand(first, dot, variables, () => [...rest.map((operand) => this.#argument(operand, dot, variables)), ...passed]);
      if (value === refusesArguments) throw templateError(`only functions and methods take arguments`);
      return value;
    } catch (error) {
      if (isCaissonError(error, 'invalid-argument') && error.message.startsWith('template: ')) throw templateError(error.message.slice('template: '.length), first.at, error.hint);
      throw error;
    }
  }

  #function(name: string, operands: readonly Operand[], passed: readonly Value[], dot: Value, variables: Variables): Value {
    const known = this.#functions.get(name);
    if (!known) throw templateError(`function ${JSON.stringify(name)} is not defined`);
    const given = operands.length + passed.length;
    if (given < known.least || given > known.most) throw templateError(`${name} takes ${known.least === known.most ? known.least : known.most === Number.POSITIVE_INFINITY ? `${known.least} or more` : `${known.least} to ${known.most}`} arguments, not ${given}`);
    const args: Value[] = [];
    for (const operand of operands) {
      const value = this.#argument(operand, dot, variables);
      // What comes after the one that decides may be a fault: {{if and .State .State.Health}}.
      if ((name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value))) return value;
      args.push(value);
    }
    return known.call([...args, ...passed]);
  }

  /** A function's name alone, as an argument, is a call without arguments. */
  #argument(operand: Operand, dot: Value, variables: Variables): Value {
    return operand.kind === 'function' ? this.#function(operand.name, [], [], dot, variables) : this.#operand(operand, dot, variables, () => []);
  }

  #operand(operand: Operand, dot: Value, variables: Variables, args: () => readonly Value[]): Value {
    switch (operand.kind) {
      case 'dot':
        return withoutArguments(dot, args);
      case 'nil':
        return withoutArguments(null, args);
      case 'literal':
        return withoutArguments(operand.value, args);
      case 'field':
        return fields(dot, operand.fields, args);
      case 'variable':
        return fields(variables.findLast(([name]) => name === operand.name)?.[1], operand.fields, args);
      case 'pipe':
        return fields(this.#pipe(operand.pipe, dot, variables), operand.fields, args);
      case 'function':
        return null;
    }
  }
}

const noPrevious = Symbol('no previous');
const refusesArguments = Symbol('refuses arguments');

function withoutArguments(value: Value, args: () => readonly Value[]): Value {
  return args().length > 0 ? refusesArguments : value;
}

/** Follows field names; the last may be a method that takes the arguments. */
function fields(start: Value, names: readonly string[], args: () => readonly Value[]): Value {
  const last = names.at(-1);
  if (last === undefined) return withoutArguments(start, args);
  const value = names.slice(0, -1).reduce((holder, name) => called(field(holder, name), name, []), start);
  return called(field(value, last), last, args());
}

function called(value: Value, name: string, args: readonly Value[]): Value {
  if (typeof value !== 'function') return args.length > 0 ? refusesArguments : value;
  if (args.length !== value.length) throw templateError(`.${name} takes ${value.length} argument${value.length === 1 ? '' : 's'}, not ${args.length}`);
  return Reflect.apply(value, undefined, args) as Value;
}

function field(value: Value, name: string): Value {
  if (value instanceof Map) return value.has(name) ? (value.get(name) as Value) : noValue;
  if (isStruct(value)) {
    if (Object.hasOwn(value, name)) return value[name];
    throw templateError(`there is no field .${name}`, undefined, `fields are ${Object.keys(value).map((known) => `.${known}`).join(', ').slice(0, 1000) || 'none'}`);
  }
  throw templateError(value === null || value === undefined ? `.${name} of nil` : `${typeName(value)} has no field .${name}`);
}

function entries(value: Value, at: Place): Iterable<readonly [Value, Value]> {
  if (Array.isArray(value)) return value.entries();
  if (value instanceof Map) return sortedEntries(value);
  if (value === null || value === undefined || value === noValue) return [];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return numbers(value);
  if (isStruct(value)) return Object.entries(value).filter(([, item]) => typeof item !== 'function');
  throw templateError(`{{range}} cannot go over ${typeName(value)}`, at);
}

function* numbers(count: number): Generator<readonly [number, number]> {
  if (count > 1_000_000) throw templateError('{{range}} over more than a million');
  for (let number = 0; number < count; number++) yield [number, number];
}
