import { describe, expect, it } from 'vitest';
import { neededStages, parseDockerfile, resolveStages, runCommand, StageScope, type ResolveOptions } from '../../src/index.js';

const resolve = (text: string, options?: ResolveOptions) => resolveStages(parseDockerfile(text), options);

describe('resolveStages', () => {
  it('expands FROM with the ARGs above it, build arguments first', () => {
    const text = 'ARG V=3\nARG NAME=alpine:$V\nFROM $NAME AS A\nFROM --platform=$BUILDPLATFORM ${NAME%:*} AS b\n';
    const plain = resolve(text, { buildPlatform: { os: 'linux', architecture: 'arm64', variant: 'v8' } });
    expect(plain.stages.map(({ name, base, platform }) => ({ name, base, platform }))).toEqual([
      { name: 'a', base: { kind: 'image', name: 'alpine:3' }, platform: undefined },
      { name: 'b', base: { kind: 'image', name: 'alpine' }, platform: 'linux/arm64/v8' },
    ]);
    expect(resolve(text, { buildArgs: { V: '4' } }).stages[0]?.base).toEqual({ kind: 'image', name: 'alpine:4' });
    expect(resolve('FROM x:$TARGETARCH', { buildArgs: { TARGETARCH: 's390x' } }).stages[0]?.base).toEqual({ kind: 'image', name: 'x:s390x' });
  });

  it('finds what each stage uses, forward too', () => {
    const resolved = resolve(
      'FROM alpine AS a\nFROM A AS b\nCOPY --from=c / /\nCOPY --from=0 / /\nFROM scratch AS c\nRUN --mount=from=a,target=/x --mount=type=cache,target=/y,from=img true\nFROM b AS unused',
      { target: 'B' },
    );
    expect(resolved.errors).toEqual([]);
    expect(resolved.stages.map(({ dependencies }) => dependencies.map(({ by, source }) => [by, source.kind === 'stage' ? source.index : source.kind === 'image' ? source.name : null]))).toEqual([
      [['from', 'alpine']],
      [['from', 0], ['copy', 2], ['copy', 0]],
      [['from', null], ['mount', 0], ['mount', 'img']],
      [['from', 1]],
    ]);
    expect(neededStages(resolved).map(({ name }) => name)).toEqual(['a', 'c', 'b']);
  });

  it.each([
    ['FROM $X', {}, 'base name ($X) should not be blank'],
    ['FROM --platform=$X a', {}, 'empty platform value from expression $X'],
    ['FROM a AS build\nFROM b', { target: 'biuld' }, 'target stage "biuld" could not be found'],
    ['FROM a\nCOPY --from=2 x y\nFROM b', {}, 'invalid from flag value 2: no stage has this index'],
    ['FROM a AS a1\nCOPY --from=b1 x y\nFROM b AS b1\nCOPY --from=a1 x y', {}, 'circular dependency detected on stage: a1'],
    ['FROM a AS a1\nCOPY --from=0 x y', {}, 'circular dependency detected on stage: a1'],
    ['ARG X=1', {}, 'dockerfile contains no stages to build'],
    ['ARG X=${', {}, "syntax error: missing '}'"],
    ['FROM ${X:?unset}', {}, 'X: unset'],
  ])('%j: %s', (text, options, message) => {
    expect(resolve(text, options).errors.map((error) => error.message)).toContain(message);
  });

  it('takes a long chain of stages', () => {
    const text = Array.from({ length: 5000 }, (_, i) => `FROM ${i === 0 ? 'alpine' : `s${i - 1}`} AS s${i}`).join('\n');
    expect(neededStages(resolve(text))).toHaveLength(5000);
  });
});

describe('StageScope', () => {
  const run = (text: string, options = {}) => {
    const resolved = resolve(text, options);
    const stage = resolved.stages[resolved.stages.length - 1];
    const missing: string[] = [];
    const scope = new StageScope({ globalArgs: resolved.globalArgs, ...options, onUndefined: (name) => missing.push(name) });
    for (const instruction of stage?.instructions ?? []) scope.apply(instruction);
    return { scope, missing, last: stage?.instructions.at(-1) };
  };

  it('lets ENV win over ARG, and a build argument over a default', () => {
    const { scope } = run('ARG G=global\nFROM a\nARG G\nARG A=1 B=$A-2\nENV A=3\nARG A=4', { buildArgs: { B: 'given', HTTP_PROXY: 'p', other: 'x' } });
    expect(scope.expand('$G $A $B')).toBe('global 3 given');
    expect(Object.fromEntries(scope.runEnv())).toEqual({ G: 'global', A: '3', B: 'given', HTTP_PROXY: 'p' });
  });

  it('does not see what stands above FROM without ARG', () => {
    const { scope, missing } = run('ARG G=global\nFROM a\nENV X=$G$TARGETARCH');
    expect(scope.env.get('X')).toBe('');
    expect(missing).toEqual(['G', 'TARGETARCH']);
    expect(run('FROM a\nARG TARGETARCH\nENV X=$TARGETARCH').scope.env.get('X')).toBe('amd64');
  });

  it('expands all of one ENV with what held before it', () => {
    expect(run('FROM a\nENV abc=hello\nENV abc=bye def=$abc\nENV ghi=$abc').scope.lookup('def')).toBe('hello');
  });

  it('inherits ENV and SHELL, not ARG', () => {
    const { scope } = run('FROM a\nARG A=1\nENV E=2\nSHELL ["bash","-c"]');
    const child = scope.fork();
    expect([child.lookup('A'), child.lookup('E'), child.shell]).toEqual([undefined, '2', ['bash', '-c']]);
  });

  it('gives mounts and ports after expansion', () => {
    const { scope, last } = run('FROM a\nARG D=/cache P="80 443/udp"\nRUN --mount=type=cache,target=$D/x,sharing=locked,mode=0755 true');
    expect(last?.kind === 'run' && scope.mounts(last)).toEqual([{ type: 'cache', target: '/cache/x', sharing: 'locked', mode: 0o755, readonly: false }]);
    const expose = run('FROM a\nENV P=8000-8002\nEXPOSE $P/udp').last;
    const env = new StageScope({ env: [['P', '8000-8002 90']] });
    expect(expose?.kind === 'expose' && env.ports(expose)).toEqual([{ first: 8000, last: 8002, protocol: 'tcp' }, { first: 90, last: 90, protocol: 'udp' }]);
    const bad = run('FROM a\nRUN --mount=type=$T,target=/x true').last;
    expect(() => bad?.kind === 'run' && env.mounts(bad)).toThrow('unsupported mount type ""');
  });
});

describe('runCommand', () => {
  const command = (text: string) => {
    const run = parseDockerfile(`FROM a\n${text}`).instructions[1];
    return run?.kind === 'run' ? runCommand(run) : undefined;
  };
  it('tells shell, exec and script apart', () => {
    expect(command('RUN a \\\n && b')).toEqual({ kind: 'shell', text: 'a  && b' });
    expect(command('RUN ["a", "b c"]')).toEqual({ kind: 'exec', argv: ['a', 'b c'] });
    expect(command('RUN <<-EOF\n\ta\n\tb\nEOF')).toEqual({ kind: 'shell', text: 'a\nb\n' });
    expect(command('RUN <<EOF\n#!/usr/bin/env python3\nprint(1)\nEOF')).toEqual({ kind: 'script', name: 'EOF', content: '#!/usr/bin/env python3\nprint(1)\n' });
    expect(command('RUN cat <<A && cat <<B\na\nA\nb\nB')).toEqual({ kind: 'shell', text: 'cat <<A && cat <<B\na\nA\nb\nB' });
  });
});
