import { checkLabels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3058',
  severity: 'warning',
  title: 'A label should be a valid e-mail address',
  why: 'The schema says that it is one.',
  bad: 'FROM busybox:1.36\nLABEL maintainer="jane"\n',
  good: 'FROM busybox:1.36\nLABEL maintainer="jane@example.com"\n',
  exampleConfig: { labelSchema: { maintainer: 'email' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'email', (value) => /^[^\s@<>]+@[^\s@<>.]+(?:\.[^\s@<>.]+)+$/.test(value));
  },
});
