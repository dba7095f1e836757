import { checkLabels } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3052',
  severity: 'warning',
  title: 'A label should be a valid URL',
  why: 'The schema says that it is one.',
  bad: 'FROM busybox:1.36\nLABEL homepage="not a url"\n',
  good: 'FROM busybox:1.36\nLABEL homepage="https://example.com/"\n',
  exampleConfig: { labelSchema: { homepage: 'url' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'url', (value) => URL.canParse(value));
  },
});
