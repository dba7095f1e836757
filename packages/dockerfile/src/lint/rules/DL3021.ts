import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3021',
  severity: 'error',
  title: 'COPY with several sources needs a destination that ends with /',
  why: 'Otherwise the destination would be a file, and the build stops.',
  bad: 'FROM node:22\nCOPY package.json yarn.lock my_app\n',
  good: 'FROM node:22\nCOPY package.json yarn.lock my_app/\n',
  instructions: ['copy', 'add'],
  check(context) {
    for (const copy of [...context.all('copy'), ...context.all('add')]) {
      const target = unquote(copy.destination.value);
      if (copy.sources.length + copy.files.length > 1 && !/[/\\]$|^\.$|\$\{?\w+\}?$/.test(target)) context.report(copy.destination.range, { message: `${copy.name} with more than one source requires the last argument to end with /` });
    }
  },
});
