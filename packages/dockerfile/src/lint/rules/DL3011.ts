import { rule } from '../rule.js';

export default rule({
  code: 'DL3011',
  severity: 'error',
  title: 'Ports are between 0 and 65535',
  why: 'The build stops at any other.',
  bad: 'FROM alpine:3.20\nEXPOSE 80000\n',
  good: 'FROM alpine:3.20\nEXPOSE 8000\n',
  instructions: ['expose'],
  check(context) {
    for (const { ports } of context.all('expose'))
      for (const { value, range } of ports)
        if (/^[\d-]+(?:\/\w+)?$/.test(value) && value.replace(/\/.*$/, '').split('-').some((port) => Number(port) > 65535)) context.report(range, { message: `Port ${value} is not between 0 and 65535` });
  },
});
