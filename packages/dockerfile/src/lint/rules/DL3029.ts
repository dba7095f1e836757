import { rule } from '../rule.js';

export default rule({
  code: 'DL3029',
  severity: 'warning',
  title: 'Do not use --platform with FROM',
  why: 'A fixed platform keeps the image from being built for any other.',
  bad: 'FROM --platform=linux/x86_64 busybox:1.36\n',
  good: 'FROM busybox:1.36\n',
  coveredBy: 'FromPlatformFlagConstDisallowed',
  features: ['platform'],
  check(context) {
    for (const { platform } of context.all('from')) if (platform && !/\$\{?(?:BUILD|TARGET)PLATFORM/.test(platform.value ?? '')) context.report(platform.range);
  },
});
