import { installs } from '../shell/packages.js';
import { isCacheMounted } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3060',
  severity: 'info',
  title: 'yarn cache clean after yarn install',
  why: 'The packages that yarn keeps for the next time stay in the layer.',
  bad: 'FROM node:22\nRUN yarn install\n',
  good: 'FROM node:22\nRUN yarn install && yarn cache clean\n',
  commands: ['yarn'],
  check(context) {
    for (const run of context.runs()) {
      const install = run.stage.kept && run.commands.find((command) => command.name === 'yarn' && (installs(command) || command.args.length === 0) && !command.args.some((arg) => /^--(?:version|help)$/.test(arg.value)));
      if (!install) continue;
      const cleaned = run.commands.some((command) => (command.name === 'yarn' && command.args[0]?.value === 'cache' && command.args[1]?.value === 'clean') || (command.name === 'rm' && command.args.some((arg) => /yarn/.test(arg.value))));
      if (!cleaned && !isCacheMounted(run, /yarn|\.cache/)) context.report(install.range, { message: '`yarn cache clean` missing after yarn was run' });
    }
  },
});
