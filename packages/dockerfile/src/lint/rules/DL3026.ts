import { rule } from '../rule.js';

function registryOf(image: string): string {
  const first = image.split('/')[0] ?? '';
  return image.includes('/') && (/[.:]/.test(first) || first === 'localhost') ? first : 'docker.io';
}

function matches(pattern: string, registry: string): boolean {
  const name = pattern.toLowerCase() === 'hub.docker.com' ? 'docker.io' : pattern.toLowerCase();
  if (name === '*') return true;
  if (name.startsWith('*')) return registry.endsWith(name.slice(1));
  return name.endsWith('*') ? registry.startsWith(name.slice(0, -1)) : registry === name;
}

export default rule({
  code: 'DL3026',
  severity: 'error',
  title: 'Use images only from allowed registries',
  why: 'A company may want to know where its software comes from.',
  bad: 'FROM randomguy/python:3.6\n',
  good: 'FROM trusted.example.com/python:3.6\n',
  exampleConfig: { trustedRegistries: ['trusted.example.com'] },
  features: ['config'],
  check(context) {
    const trusted = context.config.trustedRegistries ?? [];
    if (trusted.length === 0) return;
    for (const { from, image } of context.stages)
      if (from && image !== undefined && image !== '' && !trusted.some((one) => matches(one, registryOf(image)))) context.report(from.image.range, { message: `${registryOf(image)} is not an allowed registry` });
  },
});
