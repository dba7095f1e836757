import { suggest } from '../../suggest.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3022',
  severity: 'warning',
  title: 'COPY --from should name a stage that was defined before',
  why: 'A name that is no stage is taken for an image and pulled; a misspelt stage ends as a refused pull.',
  bad: 'FROM alpine:3.20 AS build\nFROM scratch\nCOPY --from=biuld /app /\n',
  good: 'FROM alpine:3.20 AS build\nFROM scratch\nCOPY --from=build /app /\n',
  instructions: ['copy'],
  features: ['copy-from'],
  check(context) {
    const defined = new Map<string, number>();
    for (const { name, from } of context.resolved.stages) if (name !== undefined && !defined.has(name)) defined.set(name, from.range.start.offset);
    for (const copy of context.stages.flatMap((stage) => stage.of('copy'))) {
      const from = copy.from?.value;
      if (!copy.from || from === undefined || from.includes('$')) continue;
      // A tag, a digest, a registry or a repository path says that an image is meant.
      if ((defined.get(from.toLowerCase()) ?? Infinity) < copy.range.start.offset || /^\d+$/.test(from) || /[:/@]/.test(from) || from === 'scratch') continue;
      const near = suggest(from, [...defined.keys()]);
      context.report(copy.from.valueRange ?? copy.from.range, { message: `COPY --from=${from} names no stage that was defined before`, ...(near !== undefined && { hint: `did you mean ${near}?` }) });
    }
  },
});
