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
      for (const { value, range } of installs(command)?.packages ?? [])
        if (!value.includes('=') && !isFile(value) && !isVariable(value)) {
          context.report(range, { message: `Pin the version of ${value}: apt-get install ${value}=<version>` });
          break;
        }
    }
  },
});
