import type { Instruction, Pair } from '../../instructions.js';
import { readFlags, report, type Head } from '../head.js';
import { isBlank } from '../space.js';
import { splitQuoted, type Span } from '../words.js';

function toPair(head: Head, { start, end }: Span): Pair {
  const { line } = head;
  const equals = line.text.indexOf('=', start);
  const range = line.range(start, end);
  if (equals < 0 || equals >= end) return { key: line.text.slice(start, end), range, keyRange: range };
  return {
    key: line.text.slice(start, equals),
    value: line.text.slice(equals + 1, end),
    range,
    keyRange: line.range(start, equals),
    valueRange: line.range(equals + 1, end),
  };
}

/** `ENV key value`: everything after the first blank is the value. */
function legacyPair(head: Head): Pair | undefined {
  const { text } = head.line;
  let keyEnd = head.from;
  while (keyEnd < head.to && !isBlank(text.charCodeAt(keyEnd))) keyEnd++;
  let value = keyEnd;
  while (value < head.to && isBlank(text.charCodeAt(value))) value++;
  if (keyEnd >= head.to) return report(head, 'arguments', `${head.base.name} must have two arguments`, head.line.range(head.from, head.to), `write ${head.base.name} name=value`);
  return {
    key: text.slice(head.from, keyEnd),
    value: text.slice(value, head.to),
    range: head.line.range(head.from, head.to),
    keyRange: head.line.range(head.from, keyEnd),
    valueRange: head.line.range(value, head.to),
  };
}

export function readPairs(head: Head): Instruction | undefined {
  readFlags(head, {});
  const kind = head.base.name === 'ENV' ? 'env' : 'label';
  const spans = splitQuoted(head.line.text, head.from, head.to, head.escape);
  const [first] = spans;
  if (!first) return report(head, 'arguments', `${head.base.name} requires at least one argument`, undefined, `write ${head.base.name} name=value`);
  if (!head.line.text.slice(first.start, first.end).includes('=')) {
    const pair = legacyPair(head);
    return pair && { ...head.base, kind, pairs: [pair], legacy: true };
  }
  const pairs: Pair[] = [];
  for (const span of spans) {
    const pair = toPair(head, span);
    if (pair.value === undefined) report(head, 'arguments', `Syntax error - can't find = in ${JSON.stringify(pair.key.slice(0, 60))}. Must be of the form: name=value`, pair.range, 'quote a value that has spaces');
    else if (pair.key === '') report(head, 'arguments', `${head.base.name} names can not be blank`, pair.range);
    else pairs.push(pair);
  }
  return { ...head.base, kind, pairs, legacy: false };
}

export function readArg(head: Head): Instruction | undefined {
  readFlags(head, {});
  const spans = splitQuoted(head.line.text, head.from, head.to, head.escape);
  if (spans.length === 0) return report(head, 'arguments', 'ARG requires at least one argument', undefined, 'write ARG name or ARG name=default');
  const pairs: Pair[] = [];
  for (const span of spans) {
    const pair = toPair(head, span);
    if (pair.key === '') report(head, 'arguments', 'ARG names can not be blank', pair.range);
    else pairs.push(pair);
  }
  return { ...head.base, kind: 'arg', pairs };
}
