import { chmodSync, lstatSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { CredentialStore } from '../../src/index.js';

let home: string;
let env: Record<string, string>;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'caisson-home-'));
  mkdirSync(join(home, '.docker'));
  mkdirSync(join(home, 'bin'));
  env = { HOME: home, PATH: `${join(home, 'bin')}:${process.env.PATH}` };
});
afterEach(() => rmSync(home, { recursive: true }));

const auth = (text: string) => Buffer.from(text).toString('base64');
const write = (config: unknown, path = '.docker/config.json') => writeFileSync(join(home, path), typeof config === 'string' ? config : JSON.stringify(config));
const config = () => JSON.parse(readFileSync(join(home, '.docker/config.json'), 'utf8')) as Record<string, unknown>;
const store = () => new CredentialStore({ env });

/** A helper that keeps what it is given in a folder, as docker-credential-* do elsewhere. */
function installHelper(name: string): string {
  const kept = join(home, `kept-${name}`);
  mkdirSync(kept);
  const script = `#!/usr/bin/env node
const fs = require('fs'), path = require('path');
const input = fs.readFileSync(0, 'utf8').trim();
const file = (server) => path.join(${JSON.stringify(kept)}, encodeURIComponent(server));
const missing = () => { process.stdout.write('credentials not found in native keychain\\n'); process.exit(1); };
switch (process.argv[2]) {
  case 'store': fs.writeFileSync(file(JSON.parse(input).ServerURL), input); break;
  case 'get': fs.existsSync(file(input)) ? process.stdout.write(fs.readFileSync(file(input))) : missing(); break;
  case 'erase': fs.existsSync(file(input)) ? fs.unlinkSync(file(input)) : missing(); break;
}`;
  const path = join(home, 'bin', `docker-credential-${name}`);
  writeFileSync(path, script);
  chmodSync(path, 0o755);
  return kept;
}

describe('reading', () => {
  test.each([
    ['docker.io', 'https://index.docker.io/v1/'],
    ['docker.io', 'index.docker.io'],
    ['docker.io', 'docker.io'],
    ['ghcr.io', 'ghcr.io'],
    ['ghcr.io', 'https://ghcr.io'],
    ['ghcr.io', 'https://ghcr.io/v2/'],
    ['localhost:5000', 'localhost:5000'],
    ['localhost:5000', 'http://localhost:5000/'],
  ])('for %s, the entry %s counts', async (host, key) => {
    write({ auths: { 'other.example': { auth: auth('no:no') }, [key]: { auth: auth('ada:pass:word') } } });
    expect(await store().get(host)).toEqual({ username: 'ada', password: 'pass:word' });
  });

  test('of a port or a host does not give those of another', async () => {
    write({ auths: { 'localhost:5001': { auth: auth('ada:x') }, 'evil-ghcr.io': { auth: auth('ada:x') } } });
    expect(await store().get('localhost:5000')).toBeUndefined();
    expect(await store().get('ghcr.io')).toBeUndefined();
  });

  test('knows every kind of entry', async () => {
    write({ auths: { a: { identitytoken: 'it', auth: auth('<token>:') }, b: { registrytoken: 'rt' }, c: { username: 'u', password: 'p' }, d: {} } });
    expect(await store().get('a')).toEqual({ identityToken: 'it' });
    expect(await store().get('b')).toEqual({ registryToken: 'rt' });
    expect(await store().get('c')).toEqual({ username: 'u', password: 'p' });
    expect(await store().get('d')).toBeUndefined();
  });

  test('finds docker’s folder by DOCKER_CONFIG', async () => {
    mkdirSync(join(home, 'elsewhere'));
    write({ auths: { 'ghcr.io': { auth: auth('a:b') } } }, 'elsewhere/config.json');
    env.DOCKER_CONFIG = join(home, 'elsewhere');
    expect(await store().get('ghcr.io')).toEqual({ username: 'a', password: 'b' });
  });

  test('finds containers’ files, the one that is named first', async () => {
    env.XDG_RUNTIME_DIR = join(home, 'run');
    mkdirSync(join(home, 'run/containers'), { recursive: true });
    write({ auths: { 'quay.io': { auth: auth('run:b') }, 'quay.io/acme': { auth: auth('acme:b') }, 'quay.io/acme/app': { auth: auth('app:b') } } }, 'run/containers/auth.json');
    expect(await store().get('quay.io')).toMatchObject({ username: 'run' });
    expect(await store().get('quay.io', 'acme/other')).toMatchObject({ username: 'acme' });
    expect(await store().get('quay.io', 'acme/app')).toMatchObject({ username: 'app' });
    expect(await store().get('quay.io', 'acmeagain/app')).toMatchObject({ username: 'run' });
    write({ auths: { 'quay.io': { auth: auth('named:b') } } }, 'named.json');
    env.REGISTRY_AUTH_FILE = join(home, 'named.json');
    expect(await store().get('quay.io')).toMatchObject({ username: 'named' });
  });

  test.each(['{ "auths": { "x": { "auth": "c2VjcmV0" }', '[]', '{"auths": 1}', '{"auths": {"x": 1}}', '{"credHelpers": {"x": 1}}', '{"credsStore": 1}'])(
    'refuses %s, and does not quote it',
    async (text) => {
      write(text);
      const error = await store().get('x').catch((reason: unknown) => reason);
      expect(error).toMatchObject({ code: 'invalid-content', message: expect.stringContaining('config.json') as string });
      expect(inspect(error, { depth: 10 })).not.toContain('c2VjcmV0');
    },
  );

  test('refuses an entry that is not base64 of two parts', async () => {
    write({ auths: { x: { auth: auth('secretwithoutcolon') } } });
    await expect(store().get('x')).rejects.not.toThrow(/secretwithoutcolon/);
  });

  test('takes an empty file for an empty one', async () => {
    write('');
    expect(await store().get('x')).toBeUndefined();
  });
});

describe('writing', () => {
  test('keeps everything else, in a file for its owner alone', async () => {
    write({ HttpHeaders: { 'X-Meta': '1' }, detachKeys: 'ctrl-z', auths: { 'other.example': { auth: auth('o:o'), email: 'o@o' } } });
    await store().store('ghcr.io', { username: 'ada', password: 'pw' });
    expect(config()).toEqual({
      HttpHeaders: { 'X-Meta': '1' },
      detachKeys: 'ctrl-z',
      auths: { 'other.example': { auth: auth('o:o'), email: 'o@o' }, 'ghcr.io': { auth: auth('ada:pw') } },
    });
    expect(statSync(join(home, '.docker/config.json')).mode & 0o777).toBe(0o600);
    expect(await store().erase('ghcr.io')).toBe(true);
    expect(config()).toMatchObject({ detachKeys: 'ctrl-z', auths: { 'other.example': { email: 'o@o' } } });
  });

  test('names the Hub as docker does', async () => {
    await store().store('docker.io', { username: 'ada', password: 'pw' });
    expect(Object.keys(config().auths as object)).toEqual(['https://index.docker.io/v1/']);
    expect(await store().erase('index.docker.io')).toBe(true);
  });

  test('makes the folder where there is none', async () => {
    env.DOCKER_CONFIG = join(home, 'new/folder');
    await store().store('ghcr.io', { identityToken: 'it' });
    expect(await store().get('ghcr.io')).toEqual({ identityToken: 'it' });
    expect(statSync(env.DOCKER_CONFIG).mode & 0o777).toBe(0o700);
  });

  test('writes through a symlink', async () => {
    write({}, 'real.json');
    symlinkSync(join(home, 'real.json'), join(home, '.docker/config.json'));
    await store().store('ghcr.io', { username: 'ada', password: 'pw' });
    expect(lstatSync(join(home, '.docker/config.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(home, 'real.json'), 'utf8')).toContain('ghcr.io');
  });
});

describe('helpers', () => {
  test('keep the secret out of the file', async () => {
    const kept = installHelper('safe');
    write({ credsStore: 'safe' });
    expect(await store().get('ghcr.io')).toBeUndefined();
    expect(await store().store('ghcr.io', { username: 'ada', password: 'pw' })).toEqual({ where: 'docker-credential-safe' });
    expect(config()).toEqual({ credsStore: 'safe', auths: { 'ghcr.io': {} } });
    expect(readFileSync(join(kept, 'ghcr.io'), 'utf8')).toContain('pw');
    expect(await store().get('ghcr.io')).toEqual({ username: 'ada', password: 'pw' });
    await store().store('docker.io', { identityToken: 'it' });
    expect(await store().get('docker.io')).toEqual({ identityToken: 'it' });
    expect(await store().erase('ghcr.io')).toBe(true);
    expect(await store().erase('ghcr.io')).toBe(false);
    expect(await store().get('ghcr.io')).toBeUndefined();
  });

  test('for one host go before the one for all, and the file is asked last', async () => {
    installHelper('one');
    installHelper('all');
    write({ credHelpers: { 'ghcr.io': 'one' }, credsStore: 'all', auths: { 'quay.io': { auth: auth('file:pw') } } });
    await store().store('ghcr.io', { username: 'one', password: 'pw' });
    expect(readFileSync(join(home, 'kept-one/ghcr.io'), 'utf8')).toContain('one');
    expect(await store().get('quay.io')).toEqual({ username: 'file', password: 'pw' });
  });

  test('that are missing or malformed are told by name', async () => {
    write({ credsStore: 'absent' });
    await expect(store().get('ghcr.io')).rejects.toMatchObject({ code: 'missing-dependency', message: expect.stringContaining('docker-credential-absent') as string });
    write({ credsStore: '../../bin/sh' });
    await expect(store().get('ghcr.io')).rejects.toMatchObject({ code: 'invalid-argument' });
    const path = join(home, 'bin/docker-credential-bad');
    writeFileSync(path, '#!/bin/sh\necho "the keychain is locked"\nexit 1\n');
    chmodSync(path, 0o755);
    write({ credsStore: 'bad' });
    await expect(store().get('ghcr.io')).rejects.toThrow(/the keychain is locked/);
  });
});
