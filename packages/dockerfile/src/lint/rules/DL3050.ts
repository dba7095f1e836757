import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3050',
  severity: 'info',
  title: 'Only labels of the schema may be set',
  why: 'Strict labels are on: a label that is not in the schema is a mistake or is missing there.',
  bad: 'FROM busybox:1.36\nLABEL other="x" maintainer="y"\n',
  good: 'FROM busybox:1.36\nLABEL maintainer="jane"\n',
  exampleConfig: { labelSchema: { maintainer: 'text' }, strictLabels: true },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    if (!context.config.strictLabels) return;
    const schema = context.config.labelSchema ?? {};
    for (const { pairs } of context.all('label')) for (const pair of pairs) if (!Object.hasOwn(schema, unquote(pair.key))) context.report(pair.range, { message: `Superfluous label \`${pair.key}\`` });
  },
});
