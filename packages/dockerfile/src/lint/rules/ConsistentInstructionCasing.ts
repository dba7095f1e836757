import { rule } from '../rule.js';

export default rule({
  code: 'ConsistentInstructionCasing',
  severity: 'warning',
  title: 'All instructions should use the same case',
  why: 'One case throughout makes instructions stand out from their arguments.',
  bad: 'FROM alpine:3.20\nrun echo a\nCMD ["sh"]\n',
  good: 'FROM alpine:3.20\nRUN echo a\nCMD ["sh"]\n',
  fixable: true,
  features: ['other-case'],
  check(context) {
    let lower = 0;
    let upper = 0;
    for (const { kind, name, keyword } of context.file.instructions) {
      if (kind === 'invalid') continue;
      if (keyword.value === name) upper++;
      else if (keyword.value === name.toLowerCase()) lower++;
    }
    const toLower = lower > upper;
    for (const { kind, name, keyword } of context.file.instructions) {
      const { value, range } = keyword;
      const wanted = toLower ? name.toLowerCase() : name;
      if (kind === 'invalid' || value === wanted) continue;
      context.report(range, {
        message: `Command '${value}' should match the case of the command majority (${toLower ? 'lowercase' : 'uppercase'})`,
        fix: [{ start: range.start.offset, end: range.end.offset, text: wanted }],
      });
    }
  },
});
