import { unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3048',
  severity: 'style',
  title: 'Label keys should follow the naming rules',
  why: 'Lower-case letters, digits, dots and hyphens, beginning with a letter; the namespaces of Docker are reserved.',
  bad: 'FROM busybox:1.36\nLABEL +?not..valid--key="foo"\n',
  good: 'FROM busybox:1.36\nLABEL valid-key.label="bar"\n',
  instructions: ['label'],
  check(context) {
    for (const { pairs } of context.all('label'))
      for (const pair of pairs) {
        const key = unquote(pair.key);
        const reserved = /^(?:com\.docker\.|io\.docker\.|org\.dockerproject\.)/.test(key);
        if (!key.includes('$') && (reserved || !/^[a-z](?:[a-z0-9.-]*[a-z0-9])?$/.test(key) || /\.\.|--/.test(key))) context.report(pair.keyRange, { message: `Invalid label key ${JSON.stringify(key.slice(0, 60))}` });
      }
  },
});
