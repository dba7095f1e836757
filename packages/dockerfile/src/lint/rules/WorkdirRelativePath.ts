import { isAbsolute } from './support.js';
import { rule } from '../rule.js';

export default rule({
  code: 'WorkdirRelativePath',
  severity: 'warning',
  title: 'A relative WORKDIR depends on the one of the base image',
  why: 'When the base image changes its working directory, the build writes to another place.',
  bad: 'FROM nginx:1.27\nWORKDIR usr/share/nginx/html\n',
  good: 'FROM nginx:1.27\nWORKDIR /usr/share/nginx/html\n',
  instructions: ['workdir'],
  features: ['relative'],
  check(context) {
    const set = new Set<number>();
    for (const stage of context.stages) {
      if (stage.baseStage !== undefined && set.has(stage.baseStage)) set.add(stage.index);
      for (const { path } of stage.of('workdir')) {
        if (!isAbsolute(path.value) && !set.has(stage.index)) context.report(path.range, { message: `Relative workdir '${path.value}' can have unexpected results if the base image changes` });
        set.add(stage.index);
      }
    }
  },
});
