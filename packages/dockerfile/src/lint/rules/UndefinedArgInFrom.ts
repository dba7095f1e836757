import { expandWord } from '../../expand/expand.js';
import { suggest } from '../../suggest.js';
import { rule } from '../rule.js';

export default rule({
  code: 'UndefinedArgInFrom',
  severity: 'warning',
  title: 'FROM should use only ARGs that are declared above it',
  why: 'Only ARGs above the first FROM and the platform ARGs have a value there; any other is empty.',
  bad: 'FROM alpine:${VERSION}\n',
  good: 'ARG VERSION=3.20\nFROM alpine:${VERSION}\n',
  features: ['from-variable'],
  check(context) {
    if (!context.all('from').some(({ image, platform }) => `${image.value}${platform?.value ?? ''}`.includes('$'))) return;
    const declared = new Set(context.resolved.globalArgs.keys());
    for (const instruction of context.file.instructions) {
      if (instruction.kind === 'from') break;
      if (instruction.kind === 'arg') for (const { key } of instruction.pairs) declared.add(key);
    }
    for (const from of context.all('from'))
      for (const { value, range } of from.platform ? [from.image, from.platform] : [from.image]) {
        if (!value?.includes('$')) continue;
        for (const name of context.quietly(() => expandWord(value, (one) => (declared.has(one) ? '' : undefined), context.file).undefined) ?? []) {
          const near = suggest(name, [...declared]);
          context.report(range, { message: `FROM argument '${name}' is not declared`, ...(near !== undefined && { hint: `did you mean ${near}?` }) });
        }
      }
  },
});
