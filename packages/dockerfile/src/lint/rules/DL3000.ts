import { isAbsolute } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3000',
  severity: 'error',
  title: 'Use an absolute WORKDIR',
  why: 'A relative path depends on what was set before, perhaps in the base image.',
  bad: 'FROM alpine:3.20\nWORKDIR app\n',
  good: 'FROM alpine:3.20\nWORKDIR /app\n',
  coveredBy: 'WorkdirRelativePath',
  instructions: ['workdir'],
  features: ['relative'],
  check(context) {
    for (const { path } of context.all('workdir')) if (!isAbsolute(path.value)) context.report(path.range);
  },
});
