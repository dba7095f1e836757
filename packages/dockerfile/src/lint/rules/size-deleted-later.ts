import { posix } from 'node:path';
import { operands } from '../shell/command.js';
import { baseName, resolvePath, unquote } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'size/deleted-later',
  severity: 'warning',
  title: 'Deleting a file in a later layer does not make the image smaller',
  why: 'Layers only add: the file stays in the layer that brought it, and is downloaded by everybody who pulls.',
  bad: 'FROM debian:12\nCOPY big.zip /tmp/big.zip\nRUN unzip /tmp/big.zip -d /opt && rm /tmp/big.zip\n',
  good: 'FROM debian:12\nRUN --mount=type=bind,source=big.zip,target=/tmp/big.zip unzip /tmp/big.zip -d /opt\n',
  instructions: ['copy', 'add'],
  commands: ['rm'],
  check(context) {
    for (const stage of context.stages) {
      let folder = '/';
      const brought = new Map<string, number>();
      for (const instruction of stage.instructions) {
        if (instruction.kind === 'workdir') folder = resolvePath(folder, unquote(instruction.path.value));
        if (instruction.kind === 'copy' || instruction.kind === 'add') {
          const target = unquote(instruction.destination.value);
          for (const { value } of instruction.sources) {
            // Of a folder it is what is in it that goes into the target.
            const into = (/\/$|^\.$/.test(target) || instruction.sources.length > 1) && !/\/["']?$/.test(value);
            if (!/[*?$]/.test(value + target) && baseName(value) !== '.' && baseName(value) !== '') brought.set(posix.resolve(folder, into ? posix.join(target, baseName(value)) : target), instruction.range.start.line);
          }
        }
        if (instruction.kind !== 'run') continue;
        if (brought.size === 0) continue;
        for (const command of context.runOf(instruction)?.commands ?? []) {
          if (command.name !== 'rm') continue;
          for (const word of operands(command)) {
            const { value } = word;
            // What is brought has none of these in its path.
            if (/[*?$]/.test(value)) continue;
            const path = posix.resolve(folder, value);
            const line = brought.get(path);
            if (line !== undefined && path !== '/') context.report(word.range, { message: `${value} stays in the layer of line ${line}: deleting it here does not make the image smaller`, hint: 'use RUN --mount=type=bind, or copy it in another stage' });
          }
        }
      }
    }
  },
});
