import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3067',
  severity: 'warning',
  title: 'Do not copy the whole file system of another stage',
  why: 'Everything of that stage comes along; a stage FROM it would share its layers.',
  bad: 'FROM debian:12 AS build\nFROM scratch\nCOPY --from=build / /\n',
  good: 'FROM debian:12 AS build\nFROM scratch\nCOPY --from=build /app /app\n',
  instructions: ['copy'],
  features: ['copy-from'],
  check(context) {
    for (const copy of context.all('copy'))
      if (copy.from && copy.sources.some(({ value }) => unquote(value) === '/') && unquote(copy.destination.value) === '/') context.report(copy.range);
  },
});
