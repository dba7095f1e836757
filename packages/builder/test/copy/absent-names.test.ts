import { describe, expect, it } from 'vitest';
import type { ContainerDefaults, ImageConfig } from '@caisson/core';
import { AbsentNames } from '../../src/copy/absent-names.js';

const image = (config: ContainerDefaults, ...createdBy: string[]): ImageConfig => ({
  os: 'linux',
  architecture: 'amd64',
  config,
  rootfs: { type: 'layers', diff_ids: [] },
  history: createdBy.map((created_by) => ({ created_by })),
});

const debian = image({ Env: ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'], Cmd: ['bash'] }, "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'");
const node = image(
  { ...debian.config, Env: [...(debian.config?.Env ?? []), 'NODE_VERSION=22.1.0'], Entrypoint: ['docker-entrypoint.sh'], Cmd: ['node'] },
  'RUN /bin/sh -c groupadd --gid 1000 node   && useradd --uid 1000 --gid node --shell /bin/bash --create-home node # buildkit',
  'COPY docker-entrypoint.sh /usr/local/bin/ # buildkit',
);

/** base, destination, whether it may be taken to be absent */
const cases: readonly (readonly [string, ImageConfig, string, boolean])[] = [
  ['the usual', debian, '/app', true],
  ['with a slash at its end', debian, '/app/', true],
  ['deeper', debian, '/app/packages/one', true],
  ['without a slash in front', debian, 'app', true],
  ['a file with a dot in its name', debian, '/server.js', true],
  ['the root', debian, '/', false],
  ['nothing', debian, '', false],
  ['a link on Debian', debian, '/bin/tool', false],
  ['a link elsewhere', debian, '/lib64', false],
  ['a folder that all have', debian, '/usr/src/app', false],
  ['a folder that all have, whose metadata must not change', debian, '/opt/app', false],
  ['a link on systems of ostree', debian, '/home/me', false],
  ['hidden files', debian, '/.config', false],
  ['a name with a space', debian, '/my app', false],
  ['a name of a user and a program', node, '/node', false],
  ['a name that is part of another word only', node, '/nod', true],
  ['a longer one', node, '/nodes', true],
  ['a file that the history has', node, '/docker-entrypoint.sh', false],
  ['the working directory', image({ WorkingDir: '/app' }), '/app', false],
  ['below the working directory', image({ WorkingDir: '/app' }), '/app/x', false],
  ['in a variable', image({ Env: ['PATH=/app/bin:/bin'] }), '/app', false],
  ['another case is another name', image({ Env: ['APP=1'] }), '/app', true],
  ['a part of the name of a variable', image({ Env: ['BUNDLE_APP_CONFIG=1'] }), '/APP', true],
  ['in the command', image({ Cmd: ['/bin/sh', '-c', 'exec app/run'] }), '/app', false],
  ['in the entry point', image({ Entrypoint: ['/server'] }), '/server', false],
  ['a volume', image({ Volumes: { '/data': {} } }), '/data', false],
  ['a label', image({ Labels: { 'com.example.home': '/srv/app' } }), '/app', false],
  ["a label's name", image({ Labels: { 'com.example.app': '1' } }), '/app', false],
  ['a health check', image({ Healthcheck: { Test: ['CMD-SHELL', 'test -e /app'] } }), '/app', false],
  ['a user', image({ User: 'app:app' }), '/app', false],
  ['a trigger', image({ OnBuild: ['COPY . /app'] }), '/app', false],
  ['in the shell', image({ Shell: ['/shell/run', '-c'] }), '/shell', false],
  ['made by a command', image({}, 'RUN /bin/sh -c ln -s /usr/app /app # buildkit'), '/app', false],
  ['made by a relative command', image({}, 'RUN /bin/sh -c cd / && mkdir app # buildkit'), '/app', false],
  ['made with an argument', image({}, 'RUN |1 DIR=/app /bin/sh -c mkdir $DIR # buildkit'), '/app', false],
  ['after the end of a line', image({}, 'RUN mkdir \\\napp'), '/app', false],
  ['a part of a name with dashes', image({}, 'COPY my-app /usr/bin/ # buildkit'), '/app', false],
  ['a field of the config, which is no text of it', image({ WorkingDir: '/x' }), '/history', true],
];

describe('names that a base has nothing at', () => {
  it.each(cases)('%s', (_, config, path, absent) => {
    expect(new AbsentNames(config).has(path)).toBe(absent);
  });

  it('needs no more than what every config has', () => {
    expect(new AbsentNames({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } }).has('/app')).toBe(true);
  });
});
