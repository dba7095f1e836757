import { posix } from 'node:path';
import { operands } from '../shell/command.js';
import { resolvePath, unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'size/chown-layer',
  severity: 'warning',
  title: 'Changing owner or mode of copied files stores them twice',
  why: 'chown and chmod in a RUN copy every file they touch into a new layer; COPY --chown and --chmod set them at once.',
  bad: 'FROM node:22\nCOPY . /app\nRUN chown -R node:node /app\n',
  good: 'FROM node:22\nCOPY --chown=node:node . /app\n',
  instructions: ['copy', 'add'],
  commands: ['chown', 'chmod'],
  check(context) {
    for (const stage of context.stages) {
      let folder = '/';
      const targets = new Map<string, number>();
      for (const instruction of stage.instructions) {
        if (instruction.kind === 'workdir') folder = resolvePath(folder, unquote(instruction.path.value));
        if ((instruction.kind === 'copy' || instruction.kind === 'add') && !instruction.destination.value.includes('$'))
          targets.set(posix.resolve(folder, unquote(instruction.destination.value)), instruction.range.start.line);
        if (instruction.kind !== 'run') continue;
        if (targets.size === 0) continue;
        for (const command of context.runOf(instruction)?.commands ?? []) {
          if (command.name !== 'chown' && command.name !== 'chmod') continue;
          const paths = operands(command).slice(1).map((word) => posix.resolve(folder, word.value));
          const hit = [...targets].slice(-50).find(([target]) => target !== '/' && paths.some((path) => path !== '/' && (path === target || target.startsWith(`${path}/`) || path.startsWith(`${target}/`))));
          if (hit) context.report(command.range, { message: `\`${command.name}\` stores the files of line ${hit[1]} a second time`, hint: `use --${command.name}= on the instruction that copies them` });
        }
      }
    }
  },
});
