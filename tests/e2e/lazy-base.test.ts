import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, chownSync, closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, isRoot, Sandbox, untilTrue, freePort } from './support.js';

/** A registry that logs its requests into a file. `requests` gives those that are answered by now. */
async function loggingRegistry(box: Sandbox): Promise<{ host: string; requests(): Promise<string>; stop(): void }> {
  const port = await freePort();
  const config = box.write('logging.yml', `version: 0.1\nlog: { level: error }\nstorage: { filesystem: { rootdirectory: ${box.path('registry')} } }\nhttp: { addr: 127.0.0.1:${port} }\n`);
  const log = openSync(box.path('requests.log'), 'a');
  const child: ChildProcess = spawn('docker-registry', ['serve', config], { stdio: ['ignore', log, log] });
  closeSync(log);
  await untilTrue(async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).ok);
  const read = () => readFileSync(box.path('requests.log'), 'utf8');
  let asked = 0;
  const requests = async () => {
    // It is logged when it is answered, and so after all that was answered before.
    const mark = `/v2/mark-${++asked}/tags/list`;
    await fetch(`http://127.0.0.1:${port}${mark}`);
    await untilTrue(() => read().includes(`GET ${mark} HTTP`));
    return read();
  };
  return { host: `localhost:${port}`, requests, stop: () => void child.kill() };
}

const nobody = 65534;

/** A sandbox that has no program but Node; of an ordinary user, where the test is root's. */
class BareSandbox extends Sandbox {
  protected override readonly launcher: readonly [string, ...string[]] = isRoot ? ['/usr/bin/setpriv', '--reuid', String(nobody), '--regid', String(nobody), '--clear-groups', process.execPath, cliPath] : [process.execPath, cliPath];

  constructor() {
    super();
    this.env.PATH = this.path('none');
    if (!isRoot) return;
    chmodSync(this.folder, 0o755);
    for (const path of ['', 'home']) chownSync(this.path(path), nobody, nobody);
  }
}

describe("bases whose layers stay in their registry", () => {
  let box: Sandbox;
  let registry: Awaited<ReturnType<typeof loggingRegistry>>;
  let base: string;
  let layer: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await loggingRegistry(box);
    base = `${registry.host}/bases/busybox:1`;
    box.ok('tag', 'localhost/busybox:1', base);
    box.ok('push', base);
    layer = (JSON.parse(box.ok('manifest', 'inspect', base)) as { layers: { digest: string }[] }).layers[0]?.digest ?? '';
  });
  afterAll(() => {
    registry?.stop();
    box?.dispose();
  });

  const context = () => box.tree('app', { Dockerfile: `FROM ${base}\nCOPY --link a.txt /a.txt\nCMD ["cat", "/a.txt"]\n`, 'a.txt': 'lazy\n' });
  const has = (other: Sandbox, digest: string) => existsSync(other.path('data/content/blobs/sha256', digest.slice('sha256:'.length)));
  const downloads = async () => (await registry.requests()).split('\n').filter((line) => line.includes(`GET /v2/bases/busybox/blobs/${layer}`)).length;

  it('builds and pushes without downloading them', async () => {
    const fresh = new Sandbox();
    try {
      const before = await downloads();
      const name = `${registry.host}/apps/lazy:1`;
      fresh.ok('build', '-q', '-t', name, context());
      fresh.ok('push', name);
      expect(has(fresh, layer)).toBe(false);
      expect(await downloads()).toBe(before);
      expect(fresh.ok('system', 'check')).not.toMatch(/lacks/);
      const pushed = JSON.parse(fresh.ok('manifest', 'inspect', name)) as { layers: { digest: string }[] };
      expect(pushed.layers.map(({ digest }) => digest)).toContain(layer);
      // Whoever pulls it has it whole.
      if (isRoot) {
        box.ok('pull', name);
        expect(box.ok('run', '--rm', name)).toBe('lazy');
      }
    } finally {
      fresh.dispose();
    }
  });

  it('needs neither them, nor root, nor a runtime for the usual COPY, and has them mounted across repositories', async () => {
    const fresh = new BareSandbox();
    try {
      const before = (await registry.requests()).length;
      const name = `${registry.host}/apps/usual:1`;
      const usual = fresh.tree('usual', { Dockerfile: `FROM ${base}\nWORKDIR /app\nCOPY . .\nENV A=1\nCMD ["cat", "a.txt"]\n`, 'a.txt': 'usual\n', 'deep/b.txt': 'b\n' });
      const { code, stderr } = fresh.run(['build', '--progress', 'plain', '--explain', '-t', name, usual]);
      expect([code, stderr]).toEqual([0, expect.not.stringContaining('reads the layers')]);
      fresh.ok('push', name);
      const requests = (await registry.requests()).slice(before);
      expect(requests).not.toContain(`GET /v2/bases/busybox/blobs/${layer}`);
      expect(requests).not.toContain(`GET /v2/apps/usual/blobs/${layer}`);
      expect(requests).toMatch(new RegExp(`POST /v2/apps/usual/blobs/uploads/\\?mount=${layer}&from=bases%2Fbusybox HTTP/1.1" 201`));
      expect(has(fresh, layer)).toBe(false);
      if (!isRoot) return;
      // Built where the base is, it is the same image; and it runs.
      box.ok('build', '-q', '-t', 'here:1', usual);
      expect(box.ok('inspect', '-f', '{{.Id}}', 'here:1')).toBe(fresh.ok('inspect', '-f', '{{.Id}}', name));
      box.ok('pull', name);
      expect(box.ok('run', '--rm', '--network', 'none', name)).toBe('usual');
    } finally {
      fresh.dispose();
    }
  });

  it('says why it reads them, and reads them always where that is wanted', async () => {
    const fresh = new Sandbox();
    try {
      const before = await downloads();
      const bin = fresh.tree('bin', { Dockerfile: `FROM ${base}\nCOPY a.txt /bin/\n`, 'a.txt': 'x' });
      expect(fresh.run(['build', '--progress', 'plain', bin]).stderr).toContain(`#2 reads the layers of ${base}: it may have /bin, as a folder or a link; COPY --link needs none of it\n`);
      expect(await downloads()).toBe(before + 1);
    } finally {
      fresh.dispose();
    }
    const other = new Sandbox();
    try {
      const before = await downloads();
      const usual = other.tree('usual', { Dockerfile: `FROM ${base}\nCOPY a.txt /app/\n`, 'a.txt': 'x' });
      expect(other.fail('build', '--base-files', 'alway', usual).stderr).toMatch(/--base-files: "alway".*\n.*needed or always/);
      expect(other.run(['build', '--progress', 'plain', usual]).stderr).not.toContain('reads');
      expect(await downloads()).toBe(before);
      expect(other.run(['build', '--progress', 'plain', '--base-files', 'always', usual]).stderr).toContain(`#2 reads the layers of ${base}: its files are always to be read; COPY --link needs none of it\n`);
      expect(await downloads()).toBe(before + 1);
    } finally {
      other.dispose();
    }
  });

  it('fetches them when something needs them', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      expect(has(fresh, layer)).toBe(false);
      fresh.ok('image', 'prune', '-f');
      fresh.ok('save', '-o', fresh.path('app.tar'), 'app:1');
      expect(has(fresh, layer)).toBe(true);
      expect(execFileSync('tar', ['-tf', fresh.path('app.tar')], { encoding: 'utf8' })).toContain(layer.slice('sha256:'.length));
    } finally {
      fresh.dispose();
    }
  });

  it.skipIf(!isRoot)('runs and builds on such images (RUN needs root here)', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      const folder = fresh.tree('on-top', { Dockerfile: 'FROM app:1\nRUN cat /a.txt > /b.txt\n' });
      fresh.ok('build', '-q', '-t', 'app:2', folder);
      expect(fresh.ok('run', '--rm', 'app:2', 'cat', '/b.txt')).toBe('lazy');
      fresh.ok('rmi', 'app:2', 'app:1');
      fresh.ok('build', '-q', '-t', 'app:1', context());
      expect(fresh.ok('run', '--rm', 'app:1')).toBe('lazy');
    } finally {
      fresh.dispose();
    }
  });

  it('says what is missing when the registry has gone', () => {
    const fresh = new Sandbox();
    try {
      fresh.ok('build', '-q', '-t', 'app:1', context());
      registry.stop();
      expect(fresh.fail('save', '-o', fresh.path('app.tar'), 'app:1').stderr).toMatch(/localhost:\d+/);
      expect(readdirSync(fresh.folder)).not.toContain('app.tar');
    } finally {
      fresh.dispose();
    }
  });
});
