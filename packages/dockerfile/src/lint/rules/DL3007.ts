import { imageParts } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3007',
  severity: 'warning',
  title: 'Do not use the tag latest',
  why: 'It names another image tomorrow, and nobody can say which one a build used.',
  bad: 'FROM debian:latest\n',
  good: 'FROM debian:12\n',
  check(context) {
    for (const { from, image } of context.stages) {
      const { tag, digest } = imageParts(image ?? '');
      if (from && tag === 'latest' && digest === undefined) context.report(from.image.range, { message: `Pin ${from.image.value} to a version instead of latest` });
    }
  },
});
