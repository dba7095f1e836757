import type { Arg } from '../../ast.js';
import type { Instruction, InstructionKind } from '../../instructions.js';
import { StageScope } from '../../resolve/scope.js';
import { suggest } from '../../suggest.js';
import { baseEnv } from '../base-env.js';
import { rule } from '../rule.js';

const expandedKinds: ReadonlySet<InstructionKind> = new Set(['add', 'copy', 'expose', 'volume', 'user', 'workdir', 'stopsignal', 'label', 'env', 'arg']);

/** The parts of an instruction that BuildKit expands, but for ENV and ARG. */
function expanded(instruction: Instruction): Arg[] {
  switch (instruction.kind) {
    case 'add':
    case 'copy':
      return [...instruction.sources, instruction.destination, ...[instruction.chown, instruction.chmod].flatMap((flag) => (flag?.value ? [{ value: flag.value, range: flag.valueRange ?? flag.range }] : []))];
    case 'expose':
      return [...instruction.ports];
    case 'volume':
      return [...instruction.volumes];
    case 'user':
      return [instruction.user];
    case 'workdir':
      return [instruction.path];
    case 'stopsignal':
      return [instruction.signal];
    case 'label':
      return instruction.pairs.flatMap((pair) => [{ value: pair.key, range: pair.keyRange }, { value: pair.value ?? '', range: pair.valueRange ?? pair.range }]);
    default:
      return [];
  }
}

export default rule({
  code: 'UndefinedVar',
  severity: 'warning',
  title: 'Variables should be defined before they are used',
  why: 'An undefined variable is the empty text, which often makes a wrong path. What an image that is not at hand sets is unknown; there only likely slips are reported.',
  bad: 'FROM alpine:3.20 AS base\nCOPY $foo .\n',
  good: 'FROM alpine:3.20 AS base\nARG foo\nCOPY $foo .\n',
  check(context) {
    if (!context.file.instructions.some(({ kind, line }) => expandedKinds.has(kind) && line.includes('$'))) return;
    const declared = new Set<string>();
    for (const { pairs } of [...context.all('arg'), ...context.all('env')]) for (const { key } of pairs) declared.add(key);
    const roots: ReturnType<typeof baseEnv>[] = [];
    const scopes: StageScope[] = [];
    for (const stage of context.stages) {
      const root = stage.baseStage === undefined ? baseEnv(stage.image, context.config.baseEnv) : roots[stage.baseStage];
      roots.push(root);
      const onUndefined = (name: string, range: Arg['range'] | undefined) => {
        if (range === undefined || /^\d+$|^\W$/.test(name) || name === 'PATH' || root?.includes(name)) return;
        const near = suggest(name, [...scope.env.keys(), ...scope.args.keys()]);
        if (root === undefined && near === undefined && !declared.has(name) && !context.resolved.globalArgs.has(name)) return;
        context.report(range, { message: `Usage of undefined variable '$${name}'`, ...(near !== undefined && { hint: `did you mean $${near}?` }) });
      };
      const base = stage.baseStage === undefined ? undefined : scopes[stage.baseStage];
      const scope: StageScope = base
        ? base.fork({ onUndefined })
        : new StageScope({ escape: context.file.escape, globalArgs: context.resolved.globalArgs, ...(context.config.buildArgs && { buildArgs: context.config.buildArgs }), onUndefined });
      scopes.push(scope);
      for (const instruction of stage.instructions) {
        for (const arg of expanded(instruction)) if (arg.value.includes('$')) context.quietly(() => scope.expand(arg));
        context.quietly(() => scope.apply(instruction));
      }
    }
  },
});
