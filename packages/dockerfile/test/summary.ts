import type { Dockerfile, Finding, Instruction, SourceRange } from '../src/index.js';

const at = ({ start, end }: SourceRange) => `${start.line}:${start.column}-${end.line}:${end.column}`;
const point = ({ start }: SourceRange) => `${start.line}:${start.column}`;

function instruction(one: Instruction): Record<string, unknown> {
  return {
    kind: one.kind,
    at: at(one.range),
    ...(one.kind === 'invalid' && { name: one.name }),
    ...(one.flags.length > 0 && { flags: one.flags.map(({ name, value, range }) => `${point(range)} --${name}${value === undefined ? '' : `=${value}`}`) }),
    ...(one.args.length > 0 && { args: one.args.map(({ value, range }) => `${at(range)} ${value}`) }),
    ...(one.json && { json: true }),
    ...(one.heredocs.length > 0 && {
      heredocs: one.heredocs.map(({ name, fd, expand, chomp, content, bodyRange }) => ({ name, at: at(bodyRange), content, ...(fd !== 0 && { fd }), ...(!expand && { expand }), ...(chomp && { chomp }) })),
    }),
    ...(one.comments.length > 0 && { comments: one.comments.map(({ text }) => text) }),
    ...(one.emptyContinuations.length > 0 && { emptyContinuations: one.emptyContinuations }),
    ...(one.kind === 'onbuild' && { trigger: one.trigger.kind, expression: one.expression }),
  };
}

/** What a case expects, short enough to be read: places as line:column, end exclusive. */
export function summary(file: Dockerfile, findings: readonly Finding[]): Record<string, unknown> {
  return {
    ...(file.escape !== '\\' && { escape: file.escape }),
    ...(file.directives.length > 0 && { directives: file.directives.map(({ name, value, range }) => `${point(range)} ${name}=${value}`) }),
    instructions: file.instructions.map(instruction),
    ...(file.errors.length > 0 && { errors: file.errors.map(({ code, message, range, hint }) => `${at(range)} ${code}: ${message}${hint === undefined ? '' : ` (${hint})`}`) }),
    lint: findings.filter(({ code }) => !file.errors.some((error) => code === `parse/${error.code}`)).map(({ code, also, message, range, fix }) => `${at(range)} ${[code, ...also].join(',')}${fix ? ' [fix]' : ''}: ${message}`),
  };
}
