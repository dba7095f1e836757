import { rule } from '../rule.js';

export default rule({
  code: 'ExposeInvalidFormat',
  severity: 'warning',
  title: 'EXPOSE takes no address and no host port',
  why: 'Which address and port of the host are used is said when the container is run, with -p.',
  bad: 'FROM alpine:3.20\nEXPOSE 127.0.0.1:80:80\n',
  good: 'FROM alpine:3.20\nEXPOSE 80\n',
  instructions: ['expose'],
  check(context) {
    for (const { ports } of context.all('expose'))
      for (const { value, range } of ports)
        if (!value.includes('$') && value.includes(':')) context.report(range, { message: `EXPOSE instruction should not define an IP address or host-port mapping, found '${value}'` });
  },
});
