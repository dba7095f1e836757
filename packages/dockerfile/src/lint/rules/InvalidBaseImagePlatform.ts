import { rule } from '../rule.js';

export default rule({
  code: 'InvalidBaseImagePlatform',
  severity: 'warning',
  title: 'The base image should be for the platform that was asked for',
  why: 'An image for another platform runs emulated or not at all.',
  bad: 'FROM --platform=linux/arm64 alpine:3.20\n',
  good: 'FROM alpine:3.20\n',
  exampleConfig: { basePlatforms: { 'alpine:3.20': 'linux/amd64' } },
  features: ['config'],
  check(context) {
    const known = context.config.basePlatforms ?? {};
    for (const stage of context.resolved.stages) {
      if (stage.base.kind !== 'image' || !Object.hasOwn(known, stage.base.name)) continue;
      const real = known[stage.base.name] ?? '';
      const wanted = stage.platform ?? context.resolved.globalArgs.get('TARGETPLATFORM') ?? '';
      if (real !== '' && wanted !== '' && real !== wanted) context.report(stage.from.image.range, { message: `Base image ${stage.base.name} was pulled with platform "${real}", expected "${wanted}" for current build` });
    }
  },
});
