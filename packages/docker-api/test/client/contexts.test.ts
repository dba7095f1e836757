import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { changeDockerConfig, chooseHost, ContextStore, readDockerConfig } from '../../src/client/index.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'caisson-contexts-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const pem = (text: string) => Buffer.from(`-----BEGIN ${text}-----\n`);

describe('contexts', () => {
  it('are kept, listed, changed and removed', () => {
    const store = new ContextStore(folder);
    expect(store.list()).toEqual([]);
    store.put({ Name: 'lab', Metadata: { Description: 'cellar' }, Endpoints: { docker: { Host: 'tcp://lab:2376' } } }, { 'ca.pem': pem('CA') });
    store.put({ Name: 'build', Metadata: {}, Endpoints: { docker: { Host: 'ssh://me@build' } } });
    expect(store.list().map(({ name, description, host }) => [name, description, host])).toEqual([['build', '', 'ssh://me@build'], ['lab', 'cellar', 'tcp://lab:2376']]);
    expect(String(store.tls(store.get('lab'))?.ca)).toContain('CA');
    store.remove('lab');
    expect(store.has('lab')).toBe(false);
    expect(() => store.get('lab')).toThrow('there is no context "lab"');
  });

  it('with names that are none are refused', () => {
    const store = new ContextStore(folder);
    for (const name of ['default', '', 'a', '../x', 'a/b', '-x']) expect(() => store.put({ Name: name, Metadata: {}, Endpoints: {} }), name).toThrow(/context/);
  });

  it('that are damaged are passed over in lists', () => {
    mkdirSync(join(folder, 'contexts/meta/abc'), { recursive: true });
    writeFileSync(join(folder, 'contexts/meta/abc/meta.json'), '{');
    expect(new ContextStore(folder).list()).toEqual([]);
  });

  it.runIf(spawnSync('docker', ['--version']).status === 0)("are docker's own", () => {
    const docker = (...args: string[]) => spawnSync('docker', ['--config', folder, ...args], { encoding: 'utf8', env: { PATH: process.env.PATH } });
    const store = new ContextStore(folder);
    expect(docker('context', 'create', 'theirs', '--description', 'by docker', '--docker', 'host=tcp://x:1').status).toBe(0);
    expect(store.get('theirs')).toMatchObject({ name: 'theirs', description: 'by docker', host: 'tcp://x:1' });
    store.put({ Name: 'ours', Metadata: { Description: 'by us' }, Endpoints: { docker: { Host: 'unix:///x.sock', SkipTLSVerify: false } } });
    expect(docker('context', 'ls', '--format', '{{.Name}} {{.Description}} {{.DockerEndpoint}}').stdout.split('\n')).toContain('ours by us unix:///x.sock');
    changeDockerConfig(folder, 'currentContext', 'ours');
    expect(docker('context', 'show').stdout.trim()).toBe('ours');
  });
});

describe('the choice of a host', () => {
  const use = (choice: Parameters<typeof chooseHost>[0], env: NodeJS.ProcessEnv = {}) => {
    const { context, endpoint } = chooseHost({ config: folder, ...choice }, env);
    return endpoint?.kind === 'unix' ? `${context} ${endpoint.path}` : `${context} ${endpoint?.kind}`;
  };

  it("follows docker's order", () => {
    new ContextStore(folder).put({ Name: 'one', Metadata: {}, Endpoints: { docker: { Host: 'unix:///one' } } });
    new ContextStore(folder).put({ Name: 'two', Metadata: {}, Endpoints: { docker: { Host: 'unix:///two' } } });
    expect(use({})).toBe('default undefined');
    changeDockerConfig(folder, 'currentContext', 'one');
    expect(use({})).toBe('one /one');
    expect(use({}, { DOCKER_CONTEXT: 'two' })).toBe('two /two');
    expect(use({}, { DOCKER_CONTEXT: 'two', DOCKER_HOST: 'unix:///env' })).toBe('default /env');
    expect(use({ context: 'one' }, { DOCKER_HOST: 'unix:///env' })).toBe('one /one');
    expect(use({ host: 'unix:///flag', context: 'one' })).toBe('default /flag');
    expect(use({ context: 'default' }, { DOCKER_HOST: 'unix:///env' })).toBe('default undefined');
    expect(() => use({ context: 'three' })).toThrow('there is no context "three"');
  });

  it('reads certificates where docker has them', () => {
    for (const [name, text] of [['ca', 'CA'], ['cert', 'CERT'], ['key', 'KEY']] as const) writeFileSync(join(folder, `${name}.pem`), pem(text));
    const tls = (choice: object, env: NodeJS.ProcessEnv) => {
      const { endpoint } = chooseHost({ config: folder, host: 'tcp://x', ...choice }, env);
      return endpoint?.kind === 'tcp' ? endpoint.tls : undefined;
    };
    expect(tls({}, {})).toBeUndefined();
    expect(String(tls({ tlsverify: true }, {})?.key)).toContain('KEY');
    expect(tls({ tlsverify: true }, {})?.skipVerify).toBeUndefined();
    expect(tls({ tls: true }, {})?.skipVerify).toBe(true);
    expect(String(tls({}, { DOCKER_TLS_VERIFY: '1', DOCKER_CERT_PATH: folder })?.ca)).toContain('CA');
    expect(() => tls({ tlscacert: join(folder, 'none.pem') }, {})).toThrow(/none\.pem/);
  });

  it('leaves the other settings of config.json as they are', () => {
    writeFileSync(join(folder, 'config.json'), '{"auths":{"x":{}},"psFormat":"table"}');
    changeDockerConfig(folder, 'currentContext', 'one');
    expect(readDockerConfig(folder)).toEqual({ auths: { x: {} }, psFormat: 'table', currentContext: 'one' });
    changeDockerConfig(folder, 'currentContext', undefined);
    expect(readDockerConfig(folder)).toEqual({ auths: { x: {} }, psFormat: 'table' });
  });
});
