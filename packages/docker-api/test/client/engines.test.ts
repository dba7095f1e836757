import { parseReference } from '@caisson/core';
import { engineSuite, type EngineHarness } from '@caisson/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { busyboxRootfs } from '../../../../scripts/busybox-base.mjs';
import { parseEndpoint, RemoteEngine } from '../../src/client/index.js';
import { Host, installed, isRoot } from '../support/hosts.js';

const image = 'localhost/busybox:1';

const backends: { name: string; program: string; start: () => Promise<Host>; defaults?: EngineHarness['defaults']; without?: EngineHarness['without'] }[] = [
  { name: "Debian's dockerd", program: 'dockerd', start: () => Host.dockerd() },
  { name: "podman's service", program: 'podman', start: () => Host.podman(), defaults: { resources: { ulimits: [{ name: 'nofile', soft: 1024, hard: 1024 }, { name: 'nproc', soft: 1024, hard: 1024 }] } } },
];

for (const { name, program, start, defaults, without } of backends)
  describe.runIf(isRoot && installed(program))(name, () => {
    let host: Host;
    let engine: RemoteEngine;
    beforeAll(async () => {
      host = await start();
      engine = new RemoteEngine(parseEndpoint(`unix://${host.socket}`));
      await engine.images.import(rootfs(), { name: parseReference(image), config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin:/usr/bin'] } });
    });
    afterAll(async () => {
      await engine?.[Symbol.asyncDispose]();
      await host?.[Symbol.asyncDispose]();
    });
    for (const one of engineSuite({ open: async () => engine, image, ...(defaults ? { defaults } : {}), ...(without ? { without } : {}) }))
      if (one.inapplicable === undefined) it(one.name, one.run);
      else it.skip(`${one.name} (${one.inapplicable})`, () => {});
  });

async function* rootfs(): AsyncGenerator<Uint8Array, void> {
  yield busyboxRootfs();
}
