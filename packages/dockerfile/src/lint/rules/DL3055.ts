import { checkLabels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3055',
  severity: 'warning',
  title: 'A label should be a git commit hash',
  why: 'The schema says that it is one: seven to forty hexadecimal digits.',
  bad: 'FROM busybox:1.36\nLABEL revision="main"\n',
  good: 'FROM busybox:1.36\nLABEL revision="43c572f1272b6b3171dd1db9e41b7027128ce080"\n',
  exampleConfig: { labelSchema: { revision: 'hash' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'hash', (value) => /^(?:[0-9a-f]{7}|[0-9a-f]{40})$/.test(value));
  },
});
