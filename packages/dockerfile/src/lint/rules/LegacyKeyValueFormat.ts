import { rule } from '../rule.js';

export default rule({
  code: 'LegacyKeyValueFormat',
  severity: 'warning',
  title: 'Write ENV and LABEL with an equals sign',
  why: 'The form with a space takes one pair only and the rest of the line as its value, which surprises when a second pair is added.',
  bad: 'FROM alpine:3.20\nENV DEBIAN_FRONTEND noninteractive\n',
  good: 'FROM alpine:3.20\nENV DEBIAN_FRONTEND=noninteractive\n',
  fixable: true,
  instructions: ['env', 'label'],
  check(context) {
    for (const instruction of [...context.all('env'), ...context.all('label')]) {
      const [pair] = instruction.pairs;
      if (!instruction.legacy || !pair) continue;
      const value = pair.value ?? '';
      // Quotes and escapes mean the same in both forms only outside quotes of our own.
      const plain = /^[^\s"'\\`]*$/.test(value);
      const safe = (plain || /^[^"'\\`]*$/.test(value)) && pair.range.start.line === pair.range.end.line;
      const text = `${pair.key}=${plain ? value : `"${value}"`}`;
      context.report(instruction.range, {
        message: `"${instruction.name} key=value" should be used instead of legacy "${instruction.name} key value" format`,
        ...(safe && { fix: [{ start: pair.range.start.offset, end: pair.range.end.offset, text }] }),
      });
    }
  },
});
