import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3008',
  severity: 'warning',
  title: 'Pin versions in apt-get install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl && rm -rf /var/lib/apt/lists/*\n',
  good: 'FROM debian:12\nRUN apt-get update && apt-get install -y --no-install-recommends curl=7.88.* && rm -rf /var/lib/apt/lists/*\n',
  commands: ['apt-get', 'apt'],
  check(context) {
    for (const command of context.commands('apt-get', 'apt')) {
      const loose = installs(command)?.packages.find(({ value }) => !value.includes('=') && !isFile(value) && !isVariable(value));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: apt-get install ${loose.value}=<version>` });
    }
  },
});
