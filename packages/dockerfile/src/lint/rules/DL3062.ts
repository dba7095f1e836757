import { operands } from '../shell/command.js';
import { packageCall, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3062',
  severity: 'warning',
  title: 'Pin versions in go install',
  why: 'Without a version, or with latest, a rebuild may install another one.',
  bad: 'FROM golang:1.24\nRUN go install example.com/pkg\n',
  good: 'FROM golang:1.24\nRUN go install example.com/pkg@v1.2.3\n',
  commands: ['go'],
  check(context) {
    for (const command of context.commands('go')) {
      const call = packageCall(command);
      if (!call || !['install', 'get', 'run'].includes(call.action)) continue;
      const packages = call.action === 'run' ? call.packages.slice(0, 1) : call.packages;
      const loose = packages.find(({ value }) => /^[\w-]+(?:\.[\w-]+)+\//.test(value) && !isVariable(value) && (!value.includes('@') || /@(?:latest|master|main|upgrade|patch)$/.test(value)));
      if (loose && operands(command).length > 0) context.report(loose.range, { message: `Pin the version of ${loose.value.replace(/@.*$/, '')}: go ${call.action} <package>@<version>` });
    }
  },
});
