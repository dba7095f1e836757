import { rule } from '../rule.js';

export default rule({
  code: 'ConsistentInstructionCasing',
  severity: 'warning',
  title: 'All instructions should use the same case',
  why: 'One case throughout makes instructions stand out from their arguments.',
  bad: 'FROM alpine:3.20\nrun echo a\nCMD ["sh"]\n',
  good: 'FROM alpine:3.20\nRUN echo a\nCMD ["sh"]\n',
  fixable: true,
  check(context) {
    const keywords = context.file.instructions.filter((instruction) => instruction.kind !== 'invalid').map((instruction) => instruction.keyword);
    const lower = keywords.filter(({ value }) => value === value.toLowerCase()).length;
    const upper = keywords.filter(({ value }) => value === value.toUpperCase()).length;
    const toLower = lower > upper;
    for (const { value, range } of keywords) {
      const wanted = toLower ? value.toLowerCase() : value.toUpperCase();
      if (value === wanted) continue;
      context.report(range, {
        message: `Command '${value}' should match the case of the command majority (${toLower ? 'lowercase' : 'uppercase'})`,
        fix: [{ start: range.start.offset, end: range.end.offset, text: wanted }],
      });
    }
  },
});
