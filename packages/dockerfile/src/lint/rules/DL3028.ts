import { hasFlag } from '../shell/command.js';
import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3028',
  severity: 'warning',
  title: 'Pin versions in gem install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM ruby:3.3\nRUN gem install bundler\n',
  good: 'FROM ruby:3.3\nRUN gem install bundler:2.5.0\n',
  commands: ['gem'],
  check(context) {
    for (const command of context.commands('gem')) {
      if (hasFlag(command, 'v', 'version')) continue;
      const loose = installs(command)?.packages.find(({ value }) => !value.includes(':') && !isFile(value) && !isVariable(value));
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: gem install ${loose.value}:<version>` });
    }
  },
});
