import { rule } from '../rule.js';

export default rule({
  code: 'DL1001',
  severity: 'info',
  title: 'Do not ignore rules in the file',
  why: 'Where a project keeps its exceptions in the configuration, pragmas in comments hide them.',
  bad: 'FROM alpine:3.20\n# hadolint ignore=DL3018\nRUN apk add --no-cache curl\n',
  good: 'FROM alpine:3.20\nRUN apk add --no-cache curl=8.9.1-r1\n',
  off: true,
  check(context) {
    for (const { text, range } of context.file.comments) if (/^hadolint\s+(?:global\s+)?ignore\s*=/.test(text)) context.report(range);
  },
});
