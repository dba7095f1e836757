import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3049',
  severity: 'info',
  title: 'A label of the schema is missing',
  why: 'Tools that rely on it find nothing.',
  bad: 'FROM busybox:1.36\nLABEL other="x"\n',
  good: 'FROM busybox:1.36\nLABEL maintainer="jane"\n',
  exampleConfig: { labelSchema: { maintainer: 'text' } },
  features: ['config'],
  check(context) {
    const wanted = Object.keys(context.config.labelSchema ?? {});
    if (wanted.length === 0) return;
    const has: Set<string>[] = [];
    for (const stage of context.stages) {
      const keys = new Set(stage.baseStage === undefined ? [] : has[stage.baseStage]);
      for (const { pairs } of stage.of('label')) for (const { key } of pairs) keys.add(unquote(key));
      has.push(keys);
      if (stage.last && stage.from) for (const key of wanted) if (!keys.has(key)) context.report(stage.from.range, { message: `Label \`${key}\` is missing` });
    }
  },
});
