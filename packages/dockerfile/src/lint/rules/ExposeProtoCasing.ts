import { rule } from '../rule.js';

export default rule({
  code: 'ExposeProtoCasing',
  severity: 'warning',
  title: 'The protocol in EXPOSE should be in lower case',
  why: 'Protocols are written in lower case everywhere else: in -p, in ports of compose, in the image config.',
  bad: 'FROM alpine:3.20\nEXPOSE 80/TCP\n',
  good: 'FROM alpine:3.20\nEXPOSE 80/tcp\n',
  fixable: true,
  instructions: ['expose'],
  check(context) {
    for (const { ports } of context.all('expose'))
      for (const { value, range } of ports) {
        const slash = value.indexOf('/');
        const protocol = value.slice(slash + 1);
        if (slash < 0 || protocol.includes('$') || protocol === protocol.toLowerCase()) continue;
        context.report(range, {
          message: `Defined protocol '${protocol}' in EXPOSE should be lowercase`,
          ...(range.start.line === range.end.line && { fix: [{ start: range.start.offset + slash + 1, end: range.end.offset, text: protocol.toLowerCase() }] }),
        });
      }
  },
});
