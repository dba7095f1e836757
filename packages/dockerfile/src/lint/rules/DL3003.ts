import { rule } from '../rule.js';

export default rule({
  code: 'DL3003',
  severity: 'warning',
  title: 'Use WORKDIR to change the directory',
  why: 'A cd lasts for its RUN only, so that every later one begins in another place than the reader expects.',
  bad: 'FROM alpine:3.20\nRUN cd /usr/src/app\n',
  good: 'FROM alpine:3.20\nWORKDIR /usr/src/app\n',
  commands: ['cd'],
  check(context) {
    // Further on in a chain a cd mostly is about a folder that the same RUN made, which a WORKDIR cannot do.
    for (const { commands: [first] } of context.runs()) if (first?.name === 'cd') context.report(first.range);
  },
});
