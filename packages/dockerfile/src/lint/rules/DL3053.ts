import { checkLabels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3053',
  severity: 'warning',
  title: 'A label should be a time after RFC 3339',
  why: 'The schema says that it is one.',
  bad: 'FROM busybox:1.36\nLABEL created="yesterday"\n',
  good: 'FROM busybox:1.36\nLABEL created="2024-03-01T10:00:00Z"\n',
  exampleConfig: { labelSchema: { created: 'rfc3339' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'rfc3339', (value) => /^\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/.test(value) && !Number.isNaN(Date.parse(value.replace(' ', 'T'))));
  },
});
