import parseSpdx from 'spdx-expression-parse';
import { checkLabels } from './support.js';
import { rule } from '../rule.js';

function isSpdx(value: string): boolean {
  try {
    parseSpdx(value);
    return true;
  } catch {
    return false;
  }
}

export default rule({
  code: 'DL3054',
  severity: 'warning',
  title: 'A label should be a valid SPDX licence expression',
  why: 'The schema says that it is one.',
  bad: 'FROM busybox:1.36\nLABEL license="not a licence!"\n',
  good: 'FROM busybox:1.36\nLABEL license="Apache-2.0"\n',
  exampleConfig: { labelSchema: { license: 'spdx' } },
  instructions: ['label'],
  features: ['config'],
  check(context) {
    checkLabels(context, 'spdx', isSpdx);
  },
});
