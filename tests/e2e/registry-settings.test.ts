import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CaissonHost } from './api-support.js';
import { Sandbox, untilTrue } from './support.js';

/** Both pull `mirrored:1`, which docker.io is not asked for: a mirror has it. */
describe('what this host says of registries', () => {
  let box: Sandbox;
  let registry: string;
  beforeEach(async () => {
    box = Sandbox.withBase();
    box.env.CONTAINERS_REGISTRIES_CONF = box.write('registries.conf', '');
    box.env.CAISSON_CONFIG_FILE = box.path('daemon.json');
    registry = await box.registry();
    for (const name of ['library/mirrored:1', 'team/app:1']) box.ok('image', 'copy', '-q', 'store:localhost/busybox:1', `${registry}/${name}`);
  });
  afterEach(() => box.dispose());

  it('counts for every command', () => {
    writeFileSync(box.path('daemon.json'), JSON.stringify({ 'registry-mirrors': [`http://${registry}`], 'max-download-attempts': 1 }));
    expect(box.ok('pull', '-q', 'mirrored:1')).toBe('mirrored:1');
    writeFileSync(box.path('daemon.json'), '{"registry-mirrors":"x"}');
    expect(box.fail('pull', '-q', 'mirrored:1').stderr).toMatch(/daemon\.json: registry-mirrors is not a list of texts/);
  });

  it('counts for the daemon, also when it has changed', async () => {
    writeFileSync(box.path('daemon.json'), '{"max-download-attempts":1}');
    writeFileSync(box.path('registries.conf'), `[[registry]]\nprefix = "nowhere.example/ours"\nlocation = "${registry}/team"\n`);
    const daemon = new CaissonHost(box);
    try {
      await daemon.start('--config-file', box.path('daemon.json'));
      const pull = (name: string) => daemon.call('POST', `/images/create?fromImage=${encodeURIComponent(name)}`);
      expect((await pull('nowhere.example/ours/app:1')).body).toContain('Status: Downloaded');
      expect(box.ok('images', '-q', 'nowhere.example/ours/app')).not.toBe('');
      writeFileSync(box.path('daemon.json'), JSON.stringify({ 'registry-mirrors': [`http://${registry}`] }));
      process.kill(daemon.pid, 'SIGHUP');
      await untilTrue(() => daemon.log.includes('settings reloaded'));
      expect((await pull('mirrored:1')).body).toContain('Status: Downloaded');
      expect(box.ok('images', '-q', 'mirrored')).not.toBe('');
    } finally {
      await daemon.stop();
    }
  });

  it('keeps what is blocked away', () => {
    writeFileSync(box.path('registries.conf'), `[[registry]]\nlocation = "${registry}/team"\nblocked = true\n`);
    expect(box.fail('pull', `${registry}/team/app:1`).stderr).toMatch(/\/team is blocked by this host's configuration of registries/);
    box.ok('pull', '-q', `${registry}/library/mirrored:1`);
  });
});
