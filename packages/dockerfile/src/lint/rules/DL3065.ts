import { rule } from '../rule.js';

export default rule({
  code: 'DL3065',
  severity: 'info',
  title: '--platform=$TARGETPLATFORM is redundant',
  why: 'It is the default.',
  bad: 'FROM --platform=$TARGETPLATFORM debian:12\n',
  good: 'FROM debian:12\n',
  coveredBy: 'RedundantTargetPlatform',
  features: ['platform'],
  check(context) {
    for (const { platform } of context.all('from')) if (platform && /^\$\{?TARGETPLATFORM\}?$/.test(platform.value ?? '')) context.report(platform.range);
  },
});
