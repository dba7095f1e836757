import { rule } from '../rule.js';

export default rule({
  code: 'DL3001',
  severity: 'info',
  title: 'Some commands make no sense in a container',
  why: 'There is no init, no machine and no user session in a build: service, mount, shutdown and their like do nothing there that lasts.',
  bad: 'FROM debian:12\nRUN service nginx start\n',
  good: 'FROM debian:12\nCMD ["nginx", "-g", "daemon off;"]\n',
  commands: ['free', 'kill', 'mount', 'ps', 'service', 'shutdown', 'ssh', 'top', 'vim'],
  check(context) {
    for (const command of context.commands('free', 'kill', 'mount', 'ps', 'service', 'shutdown', 'ssh', 'top', 'vim'))
      context.report(command.range, { message: `\`${command.name}\` makes no sense in a container build` });
  },
});
