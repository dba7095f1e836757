import { rule } from '../rule.js';

const volatile = /(?:^|_)(?:COMMIT|SHA|REVISION|BUILD_?DATE|BUILD_?TIME|BUILD_?NUMBER|BUILD_?ID|TIMESTAMP|CREATED|VCS_REF|CACHE_?BUST(?:ER)?)(?:_|$)/i;

export default rule({
  code: 'cache/volatile-arg',
  severity: 'info',
  title: 'An ARG that changes with every build stands above steps that do not need it',
  why: 'Every RUN below an ARG has its value in its cache key: a commit hash or a date at the top makes all of them run each time.',
  bad: 'FROM debian:12\nARG GIT_COMMIT\nRUN make deps\nLABEL revision=$GIT_COMMIT\n',
  good: 'FROM debian:12\nRUN make deps\nARG GIT_COMMIT\nLABEL revision=$GIT_COMMIT\n',
  instructions: ['arg'],
  check(context) {
    for (const stage of context.stages)
      for (const [index, instruction] of stage.instructions.entries()) {
        if (instruction.kind !== 'arg') continue;
        for (const { key, keyRange, value } of instruction.pairs) {
          if (!volatile.test(key) || value !== undefined) continue;
          const use = new RegExp(`\\$(?:\\{${key}\\b|${key}\\b)|\\b${key}\\b`);
          const later = stage.instructions.slice(index + 1);
          const used = later.findIndex((other) => use.test(other.text));
          const wasted = later.slice(0, used < 0 ? undefined : used).filter((other) => other.kind === 'run');
          if (/BUST/i.test(key)) continue;
          if (wasted.length > 0) context.report(keyRange, { message: `${key} changes with every build and makes ${wasted.length === 1 ? 'the RUN' : `${wasted.length} RUN steps`} below it run again`, hint: `move ARG ${key} down to where it is used` });
        }
      }
  },
});
