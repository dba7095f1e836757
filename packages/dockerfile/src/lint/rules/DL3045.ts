import { isAbsolute } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'DL3045',
  severity: 'warning',
  title: 'COPY to a relative destination needs a WORKDIR',
  why: 'Where the file goes depends on the base image otherwise.',
  bad: 'FROM scratch\nCOPY foo bar\n',
  good: 'FROM scratch\nWORKDIR /\nCOPY foo bar\n',
  instructions: ['copy'],
  features: ['relative'],
  check(context) {
    const set = new Set<number>();
    for (const stage of context.stages) {
      if (stage.baseStage !== undefined && set.has(stage.baseStage)) set.add(stage.index);
      for (const instruction of stage.instructions) {
        if (instruction.kind === 'workdir') set.add(stage.index);
        if (instruction.kind === 'copy' && !set.has(stage.index) && !isAbsolute(instruction.destination.value))
          context.report(instruction.destination.range, { message: `COPY to the relative destination ${instruction.destination.value} without WORKDIR set` });
      }
    }
  },
});
