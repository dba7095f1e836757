import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { attendant } from './attendant.js';
import { isRoot, leftovers, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';

describe.skipIf(!isRoot)('health checks (needs root to run containers)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  const health = (name: string) => box.ok('inspect', '-f', '{{.State.Health.Status}}', name);
  const sick = ['--network', 'none', '--health-cmd', 'echo looking; test -e /well', '--health-interval', '300ms', '--health-retries', '2'];

  it('go from starting to unhealthy and healthy, with events', async () => {
    box.ok('run', '-d', '--name', 'patient', ...sick, image, 'sleep', '600');
    await untilTrue(() => health('patient') === 'unhealthy');
    expect(box.ok('ps')).toMatch(/\(unhealthy\)/);
    expect(box.ok('ps', '-q', '-f', 'health=unhealthy')).not.toBe('');
    box.ok('exec', 'patient', 'touch', '/well');
    await untilTrue(() => health('patient') === 'healthy');
    expect(box.ok('ps')).toMatch(/Up .* \(healthy\)/);
    expect(box.ok('ps', '-q', '-f', 'health=unhealthy')).toBe('');
    const { Log } = JSON.parse(box.ok('inspect', '-f', '{{json .State.Health}}', 'patient')) as { Log: { ExitCode: number; Output: string }[] };
    expect(Log.length).toBeLessThanOrEqual(5);
    expect(Log.at(-1)).toMatchObject({ ExitCode: 0, Output: 'looking\n' });
    const actions = box.ok('events', '--since', '60s', '--until', '0s', '--format', 'json').split('\n').map((line) => (JSON.parse(line) as { Action: string }).Action);
    expect(actions.filter((action) => action.startsWith('health_status'))).toEqual(['health_status: unhealthy', 'health_status: healthy']);
  });

  it('go on when the attendant is killed, with the next command', async () => {
    const first = attendant(box);
    expect(first).toBeGreaterThan(0);
    process.kill(first ?? 0, 'SIGKILL');
    box.ok('exec', 'patient', 'rm', '/well');
    await untilTrue(() => health('patient') === 'unhealthy');
    expect(attendant(box)).not.toBe(first);
  });

  it('wait while the container is paused, and end with it', async () => {
    box.ok('pause', 'patient');
    const probes = () => box.ok('inspect', '-f', '{{json .State.Health.Log}}', 'patient');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const before = probes();
    await new Promise((resolve) => setTimeout(resolve, 800));
    expect(probes()).toBe(before);
    box.ok('unpause', 'patient');
    await untilTrue(() => probes() !== before);
    box.ok('rm', '-f', 'patient');
    await untilTrue(() => attendant(box) === undefined);
    await untilTrue(() => leftovers(box).length === 0);
  });

  it('are ended when they take too long', async () => {
    box.ok('run', '-d', '--name', 'slow', '--network', 'none', '--health-cmd', 'sleep 60', '--health-interval', '200ms', '--health-timeout', '300ms', '--health-retries', '1', image, 'sleep', '600');
    await untilTrue(() => health('slow') === 'unhealthy');
    expect(box.ok('inspect', '-f', '{{json .State.Health.Log}}', 'slow')).toMatch(/"ExitCode":-1.*exceeded timeout \(0\.3s\)/);
    box.ok('rm', '-f', 'slow');
  });

  it("are the image's, unless they are turned off", async () => {
    box.tree('checked', { Dockerfile: `FROM ${image}\nHEALTHCHECK --interval=200ms CMD ["test", "-e", "/etc/passwd"]\nCMD ["sleep", "600"]\n` });
    box.ok('build', '-q', '-t', 'localhost/checked:1', box.path('checked'));
    box.ok('run', '-d', '--name', 'checked', '--network', 'none', 'localhost/checked:1');
    await untilTrue(() => health('checked') === 'healthy');
    box.ok('run', '-d', '--name', 'unchecked', '--network', 'none', '--no-healthcheck', 'localhost/checked:1');
    expect(box.ok('ps', '-f', 'name=unchecked')).not.toMatch(/health/);
    box.ok('rm', '-f', 'checked', 'unchecked');
  });
});
