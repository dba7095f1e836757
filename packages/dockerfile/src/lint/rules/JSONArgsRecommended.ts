import { rule } from '../rule.js';

export default rule({
  code: 'JSONArgsRecommended',
  severity: 'warning',
  title: 'Use JSON arguments for CMD and ENTRYPOINT, so that signals reach the program',
  why: 'In shell form the program runs as a child of a shell, which does not pass SIGTERM on: stopping the container waits for the timeout and kills it.',
  bad: 'FROM alpine:3.20\nCMD my-command server\n',
  good: 'FROM alpine:3.20\nCMD ["my-command", "server"]\n',
  instructions: ['cmd', 'entrypoint'],
  features: ['shell-form'],
  check(context) {
    /** By stage, as a stage FROM another has its SHELL. */
    const shells: boolean[] = [];
    for (const stage of context.stages) {
      let shellSet = stage.baseStage !== undefined && shells[stage.baseStage] === true;
      for (const instruction of stage.instructions) {
        if (instruction.kind === 'shell') shellSet = true;
        if ((instruction.kind === 'cmd' || instruction.kind === 'entrypoint') && instruction.shell && !shellSet)
          context.report(instruction.range, { message: `JSON arguments recommended for ${instruction.name} to prevent unintended behavior related to OS signals` });
      }
      shells.push(shellSet);
    }
  },
});
