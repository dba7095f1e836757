import { expandWord } from '../../expand/expand.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3044',
  severity: 'error',
  title: 'ENV cannot use a variable that the same ENV sets',
  why: 'All values of one ENV see what was set before it, so that the new value is not there yet.',
  bad: 'FROM alpine:3.20\nENV FOO=bar BAZ=${FOO}/x\n',
  good: 'FROM alpine:3.20\nENV FOO=bar\nENV BAZ=${FOO}/x\n',
  coveredBy: 'UndefinedVar',
  instructions: ['env'],
  check(context) {
    for (const stage of context.stages) {
      const set = new Set<string>();
      for (const instruction of stage.instructions) {
        if (instruction.kind === 'arg') for (const { key } of instruction.pairs) set.add(key);
        if (instruction.kind !== 'env') continue;
        const own = new Set(instruction.pairs.map(({ key }) => key));
        for (const { key, value, valueRange, range } of instruction.pairs) {
          if (!value?.includes('$')) continue;
          const expansion = context.quietly(() => expandWord(value, (name) => (own.has(name) ? '' : undefined), context.file));
          for (const name of expansion?.used ?? [])
            if (name !== key && !set.has(name)) context.report(valueRange ?? range, { message: `Do not refer to $${name} within the same ENV statement where it is defined` });
        }
        for (const key of own) set.add(key);
      }
    }
  },
});
