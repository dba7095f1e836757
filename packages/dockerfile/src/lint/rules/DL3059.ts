import { rule } from '../rule.js';

export default rule({
  code: 'DL3059',
  severity: 'info',
  title: 'Several RUN in a row could be one',
  why: 'Each makes a layer of its own; small ones that belong together are better joined.',
  bad: 'FROM debian:12\nRUN echo a\nRUN echo b\n',
  good: 'FROM debian:12\nRUN echo a && echo b\n',
  instructions: ['run'],
  features: ['runs'],
  check(context) {
    let before: { run: ReturnType<typeof context.runs>[number]; flags: string } | undefined;
    for (const instruction of context.file.instructions) {
      const run = instruction.kind === 'run' ? context.runOf(instruction) : undefined;
      if (!run) {
        before = undefined;
        continue;
      }
      const flags = instruction.flags.length === 0 ? '' : instruction.flags.map((flag) => `${flag.name}=${flag.value ?? ''}`).join(' ');
      const small = run.posix && run.commands.length <= 2 && (before?.run.commands.length ?? 9) <= 2;
      if (before && small && before.flags === flags && instruction.heredocs.length === 0) context.report(instruction.range, { message: 'Several RUN in a row: consider joining them' });
      else before = { run, flags };
    }
  },
});
