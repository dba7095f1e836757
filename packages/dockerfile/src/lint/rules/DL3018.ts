import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3018',
  severity: 'warning',
  title: 'Pin versions in apk add',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM alpine:3.20\nRUN apk add --no-cache curl\n',
  good: 'FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.1-r1\n',
  commands: ['apk'],
  check(context) {
    for (const command of context.commands('apk')) {
      const loose = installs(command)?.packages.find(({ value }) => !/[=<>~]/.test(value) && !isFile(value) && !isVariable(value));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: apk add ${loose.value}=<version>` });
    }
  },
});
