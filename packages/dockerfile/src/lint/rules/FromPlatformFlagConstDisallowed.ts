import { rule } from '../rule.js';

export default rule({
  code: 'FromPlatformFlagConstDisallowed',
  severity: 'warning',
  title: 'FROM --platform should not be a constant',
  why: 'A constant keeps the image from being built for any other platform; give --platform to the build, or use $BUILDPLATFORM.',
  bad: 'FROM --platform=linux/amd64 alpine:3.20\n',
  good: 'FROM --platform=$BUILDPLATFORM alpine:3.20\n',
  features: ['platform'],
  check(context) {
    for (const { platform, as } of context.all('from')) {
      const value = platform?.value ?? '';
      if (!platform || value === '' || value.includes('$')) continue;
      // A stage per platform, named after it, is done on purpose.
      const parts = value.toLowerCase().split('/');
      if (as && parts.some((part) => as.value.toLowerCase().includes(part))) continue;
      context.report(platform.range, { message: `FROM --platform flag should not use constant value "${value}"` });
    }
  },
});
