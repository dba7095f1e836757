import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { candidateOf, candidates, type Surroundings } from '../../src/backend/candidates.js';

let folder = '';
let around: Surroundings;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'caisson-candidates-'));
  vi.stubEnv('DOCKER_CONFIG', join(folder, 'docker'));
  around = { caissonPath: '', nodePath: '', dataRoot: '', folders: [join(folder, 'work')], env: { PATH: join(folder, 'bin') }, editorPath: '/opt/code', editorVersion: '24.0.0', platform: 'linux' };
});

afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
});

function program(path: string): string {
  mkdirSync(join(folder, path, '..'), { recursive: true });
  writeFileSync(join(folder, path), '');
  return join(folder, path);
}

describe('the local engine', () => {
  it('is not usable without the command line, and says what to do', async () => {
    const found = await candidateOf('local', around);
    expect(found.target).toBeUndefined();
    expect(found.reason).toContain('npm install caisson');
  });

  it("is the workspace's own before the one on the PATH, whose link is followed", async () => {
    const global = program('lib/caisson.cjs');
    mkdirSync(join(folder, 'bin'));
    symlinkSync(global, join(folder, 'bin/caisson'));
    expect(await candidateOf('', around)).toMatchObject({ target: { kind: 'local', command: { script: global, node: '/opt/code', env: { ELECTRON_RUN_AS_NODE: '1' } } } });
    const own = program('work/node_modules/caisson/bin/caisson.cjs');
    expect(await candidateOf('local', around)).toMatchObject({ target: { command: { script: own } } });
  });

  it('is the one of the setting, with its data root, and no other', async () => {
    program('work/node_modules/caisson/bin/caisson.cjs');
    const asked = program('elsewhere/caisson.cjs');
    expect(await candidateOf('local', { ...around, caissonPath: asked, dataRoot: '/data' })).toMatchObject({ target: { command: { script: asked, dataRoot: '/data' } } });
    expect(await candidateOf('local', { ...around, caissonPath: '/nowhere' })).toMatchObject({ target: undefined, reason: expect.stringContaining('/nowhere') });
  });

  it('tells both what is missing of Node and of the program', async () => {
    const { reason } = await candidateOf('local', { ...around, nodePath: '/nowhere/node' });
    expect(reason).toContain('caisson.path');
    expect(reason).toContain('/nowhere/node');
  });
});

describe('hosts', () => {
  it('are listed with the reason where they cannot be used', async () => {
    const all = await candidates({ ...around, env: { ...around.env, DOCKER_HOST: 'gopher://x', XDG_RUNTIME_DIR: folder } });
    expect(all[0]?.id).toBe('local');
    expect(all.find(({ id }) => id === 'gopher://x')).toMatchObject({ target: undefined, reason: expect.stringContaining('gopher') });
    expect(all.find(({ id }) => id === `unix://${join(folder, 'docker.sock')}`)).toMatchObject({ target: undefined, reason: expect.stringContaining('no socket') });
  });

  it('come from docker contexts, by name', async () => {
    const id = createHash('sha256').update('far').digest('hex');
    const meta = join(folder, 'docker/contexts/meta', id);
    mkdirSync(meta, { recursive: true });
    writeFileSync(join(meta, 'meta.json'), JSON.stringify({ Name: 'far', Metadata: {}, Endpoints: { docker: { Host: 'ssh://me@far', SkipTLSVerify: false } } }));
    expect(await candidateOf('context:far', around)).toMatchObject({ target: { kind: 'host', endpoint: { kind: 'ssh', host: 'far', user: 'me' } } });
    expect((await candidates(around)).map((one) => one.id)).toContain('context:far');
    expect(await candidateOf('context:near', around)).toMatchObject({ target: undefined, reason: expect.stringContaining('near') });
  });

  it('may be written out', async () => {
    expect(await candidateOf('tcp://10.0.0.1', around)).toMatchObject({ target: { endpoint: { kind: 'tcp', host: '10.0.0.1', port: 2375 } } });
    expect(await candidateOf('nonsense://', around)).toHaveProperty('reason');
  });
});
