import { packageCall } from '../shell/packages.js';
import { rule } from '../rule.js';

export default rule({
  code: 'size/dev-dependencies',
  severity: 'info',
  title: 'Development dependencies are installed into the final image',
  why: 'Test runners, bundlers and type checkers are usually the larger part of node_modules.',
  bad: 'FROM node:22\nCOPY package.json package-lock.json ./\nRUN npm ci\nCMD ["node", "server.js"]\n',
  good: 'FROM node:22\nCOPY package.json package-lock.json ./\nRUN npm ci --omit=dev\nCMD ["node", "server.js"]\n',
  commands: ['npm', 'pnpm', 'yarn'],
  check(context) {
    const stage = context.stages[context.stages.length - 1];
    if (!stage?.from) return;
    const production = stage.of('env').some(({ pairs }) => pairs.some(({ key, value }) => key === 'NODE_ENV' && /^["']?production["']?$/.test(value ?? '')));
    const runs = context.runsIn(stage);
    const pruned = runs.some((run) => run.commands.some((command) => command.args.some((arg) => arg.value === 'prune')));
    if (production || pruned) return;
    for (const command of runs.flatMap((run) => run.commands)) {
      const call = packageCall(command);
      const whole = call && call.packages.length === 0 && ((call.manager === 'npm' && /^(?:ci|install|i)$/.test(call.action)) || (call.manager === 'pnpm' && /^(?:install|i)$/.test(call.action)) || (call.manager === 'yarn' && call.action === 'install'));
      if (!whole || command.env.get('NODE_ENV') === 'production' || command.args.some((arg) => /^(?:--omit=dev|--omit|--production(?:=true)?|--prod|-P|--only=prod(?:uction)?|-g|--global)$/.test(arg.value))) continue;
      context.report(command.range, { message: `\`${command.name} ${call.action}\` puts development dependencies into the final image`, hint: call.manager === 'npm' ? 'add --omit=dev, or build in another stage' : 'add --prod, or build in another stage' });
    }
  },
});
