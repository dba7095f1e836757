import { checkLabels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3056',
  severity: 'warning',
  title: 'A label should be a semantic version',
  why: 'The schema says that it is one.',
  bad: 'FROM busybox:1.36\nLABEL version="1.2"\n',
  good: 'FROM busybox:1.36\nLABEL version="1.2.3-rc.1"\n',
  exampleConfig: { labelSchema: { version: 'semver' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'semver', (value) => /^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?$/.test(value));
  },
});
