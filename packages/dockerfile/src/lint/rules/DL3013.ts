import { hasFlag } from '../shell/command.js';
import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3013',
  severity: 'warning',
  title: 'Pin versions in pip install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM python:3.12\nRUN pip install --no-cache-dir django\n',
  good: 'FROM python:3.12\nRUN pip install --no-cache-dir django==5.0.1\n',
  commands: ['pip'],
  check(context) {
    for (const command of context.commands('pip')) {
      const call = installs(command, 'pip');
      if (!call || hasFlag(call.command, 'r', 'requirement', 'c', 'constraint', 'group')) continue;
      const loose = call.packages.find(({ value }) => {
        if (/^(?:git|hg|svn|bzr)(?:\+|:)/.test(value)) return !/@[^/]+$/.test(value.replace(/#.*$/, ''));
        return !/[=<>!~]=|[<>@]/.test(value) && !isFile(value) && !isVariable(value) && value !== '.';
      });
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: pip install ${loose.value}${loose.value.includes('://') ? '@<tag or commit>' : '==<version>'}` });
    }
  },
});
