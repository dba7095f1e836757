import { rule } from '../rule.js';

export default rule({
  code: 'RedundantTargetPlatform',
  severity: 'warning',
  title: '--platform=$TARGETPLATFORM is what FROM does anyway',
  why: 'The target platform is the default of every FROM.',
  bad: 'FROM --platform=$TARGETPLATFORM alpine:3.20\n',
  good: 'FROM alpine:3.20\n',
  fixable: true,
  features: ['platform'],
  check(context) {
    for (const { platform, image } of context.all('from')) {
      if (!platform || !/^\$(?:TARGETPLATFORM|\{TARGETPLATFORM\})$/.test(platform.value ?? '')) continue;
      const fix = [{ start: platform.range.start.offset, end: image.range.start.offset, text: '' }];
      context.report(platform.range, { message: `Setting platform to predefined ${platform.value ?? ''} in FROM is redundant as this is the default behavior`, ...(platform.range.end.line === image.range.start.line && { fix }) });
    }
  },
});
