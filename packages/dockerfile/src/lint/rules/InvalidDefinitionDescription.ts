import { rule } from '../rule.js';

export default rule({
  code: 'InvalidDefinitionDescription',
  severity: 'warning',
  title: 'A comment above a stage or ARG should begin with its name, or stand apart',
  why: '`docker build --call=outline` shows the comment as the description of the stage or argument.',
  bad: '# a fancy base image\nFROM alpine:3.20 AS base\n',
  good: '# base is a fancy base image\nFROM alpine:3.20 AS base\n',
  off: true,
  check(context) {
    const check = (name: string, kind: string, comment: { text: string; range: Parameters<typeof context.report>[0] } | undefined) => {
      if (!comment || comment.text === '' || comment.text.startsWith(`${name} `) || /^(?:check|hadolint|syntax|escape)\b/.test(comment.text)) return;
      context.report(comment.range, { message: `Comment for ${kind} should follow the format: \`# ${name} <description>\`` });
    };
    for (const instruction of context.file.instructions) {
      const comment = instruction.comments[instruction.comments.length - 1];
      if (instruction.kind === 'from' && instruction.as) check(instruction.as.value.toLowerCase(), 'build stage', comment);
      if (instruction.kind === 'arg') check(instruction.pairs[0]?.key ?? '', 'ARG', comment);
    }
  },
});
