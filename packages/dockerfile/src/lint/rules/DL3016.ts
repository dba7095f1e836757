import { installs, isFile, isVariable } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3016',
  severity: 'warning',
  title: 'Pin versions in npm install',
  why: 'Without a version a rebuild may install another one.',
  bad: 'FROM node:22\nRUN npm install -g express\n',
  good: 'FROM node:22\nRUN npm install -g express@4.21.0\n',
  commands: ['npm'],
  check(context) {
    for (const command of context.commands('npm')) {
      const loose = installs(command)?.packages.find(({ value }) => {
        if (/^(?:git|https?|file|ssh)[+:]|^git@|^[\w-]+\/[\w-]/.test(value) || isVariable(value)) return value.startsWith('git') && !value.includes('#');
        return !(isFile(value) && !value.startsWith('@')) && !/.@/.test(value);
      });
      if (loose) context.report(loose.range, { message: `Pin the version of ${loose.value}: npm install ${loose.value}@<version>` });
    }
  },
});
