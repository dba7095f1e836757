import { expandWord } from '../../expand/expand.js';
import { resolveStages } from '../../resolve/stages.js';
import { rule } from '../rule.js';

const reference = /^(?:[A-Za-z0-9.\-_]+(?::\d+)?\/|\[[0-9a-f:]+\](?::\d+)?\/)?[a-z0-9]+(?:[._\-/]+[a-z0-9]+)*(?::\w[\w.-]{0,127})?(?:@[a-z0-9+._-]+:[0-9a-f]{32,})?$/;

export default rule({
  code: 'InvalidDefaultArgInFrom',
  severity: 'warning',
  title: 'FROM should be valid with the defaults of its ARGs',
  why: 'Without --build-arg such a file does not build, which its users find out only then.',
  bad: 'ARG TAG\nFROM busybox:${TAG}\n',
  good: 'ARG TAG=1.36\nFROM busybox:${TAG}\n',
  features: ['from-variable'],
  check(context) {
    const variable = context.all('from').filter(({ image }) => image.value.includes('$'));
    if (variable.length === 0) return;
    // The caller's build arguments are no defaults.
    const { globalArgs } = context.config.buildArgs ? resolveStages(context.file) : context.resolved;
    for (const { image } of variable) {
      const result = context.quietly(() => expandWord(image.value, (name) => globalArgs.get(name), context.file));
      if (result && result.undefined.size + result.used.size > 0 && !reference.test(result.value)) {
        const names = [...result.undefined, ...result.used].join(', ');
        context.report(image.range, { message: `Default value for ARG ${names} results in empty or invalid base image name` });
      }
    }
  },
});
