import { describe, expect, it } from 'vitest';
import { outline, parseDockerfile, resolveStages, targets } from '../../src/index.js';

const text = `# VERSION which Node to stand on
ARG VERSION=22
ARG UNUSED
# base is what all stages share
FROM node:$VERSION AS base
ARG VERSION
# MODE development or production
ARG MODE=\${VERSION}-production
FROM base AS build
RUN --mount=type=secret,id=npmrc,required=true --mount=type=ssh npm ci
RUN --mount=type=secret,id=npmrc --mount=type=secret,target=/run/secrets/token true
FROM scratch AS other
ARG ELSEWHERE=1
# app puts it all together
FROM base AS app
COPY --from=build /app /app
`;

const resolve = (target?: string, buildArgs: Record<string, string> = {}) => resolveStages(parseDockerfile(text), { buildArgs, ...(target === undefined ? {} : { target }) });

describe('outline', () => {
  it('tells what the target can be given', () => {
    expect(outline(resolve())).toEqual({
      target: 'app',
      description: 'puts it all together',
      args: [
        { name: 'VERSION', description: 'which Node to stand on', value: '22' },
        { name: 'UNUSED' },
        { name: 'MODE', description: 'development or production', value: '22-production' },
      ],
      secrets: [{ id: 'npmrc', required: true }, { id: 'token', required: false }],
      ssh: [{ id: 'default', required: false }],
    });
  });

  it('shows the values that were given', () => {
    const buildArgs = { VERSION: '24', MODE: 'test' };
    expect(outline(resolve('base', buildArgs), buildArgs)?.args).toEqual([
      { name: 'VERSION', description: 'which Node to stand on', value: '24' },
      { name: 'UNUSED' },
      { name: 'MODE', description: 'development or production', value: 'test' },
    ]);
  });

  it('leaves out what the target does not need', () => {
    expect(outline(resolve('other'))).toMatchObject({ target: 'other', args: [{ name: 'VERSION' }, { name: 'UNUSED' }, { name: 'ELSEWHERE', value: '1' }], secrets: [], ssh: [] });
  });

  it('is nothing where there is no such target, and keeps words that cannot be expanded', () => {
    expect(outline(resolve('nosuch'))).toBeUndefined();
    expect(outline(resolveStages(parseDockerfile('FROM scratch\nARG A=${B:?missing}\n')))?.args).toEqual([{ name: 'A', value: '${B:?missing}' }]);
  });
});

describe('targets', () => {
  it('lists the stages with what they stand on', () => {
    expect(targets(resolve())).toEqual([
      { name: 'base', description: 'is what all stages share', isDefault: false, base: 'node:22' },
      { name: 'build', isDefault: false, base: 'base' },
      { name: 'other', isDefault: false, base: 'scratch' },
      { name: 'app', description: 'puts it all together', isDefault: true, base: 'base' },
    ]);
    expect(targets(resolveStages(parseDockerfile('FROM a\nFROM b\n')))).toMatchObject([{ name: '0' }, { name: '1', isDefault: true }]);
  });
});
