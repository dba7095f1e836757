import { imageParts } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3006',
  severity: 'warning',
  title: 'Tag the version of an image',
  why: 'Without a tag it is `latest`, which is something else tomorrow.',
  bad: 'FROM debian\n',
  good: 'FROM debian:12\n',
  check(context) {
    for (const stage of context.stages) {
      if (!stage.from || stage.image === undefined) continue;
      const written = stage.from.image.value;
      const { tag, digest } = imageParts(stage.image === '' ? written : stage.image);
      if (tag === undefined && digest === undefined && !/^\$\{?\w+\}?$/.test(written)) context.report(stage.from.image.range, { message: `Tag the version of ${written} explicitly` });
    }
  },
});
