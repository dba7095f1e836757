import { labels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3051',
  severity: 'warning',
  title: 'A label should not be empty',
  why: 'An empty value says nothing, and tools may refuse it.',
  bad: 'FROM busybox:1.36\nLABEL maintainer=""\n',
  good: 'FROM busybox:1.36\nLABEL maintainer="jane"\n',
  exampleConfig: { labelSchema: { maintainer: 'text' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    const schema = context.config.labelSchema ?? {};
    for (const { key, value, range } of labels(context)) if (Object.hasOwn(schema, key) && value.trim() === '') context.report(range, { message: `Label \`${key}\` is empty` });
  },
});
