import { join } from 'node:path';
import { LayerIndexes, parseReference, type Engine } from '@caisson/core';
import { engineSuite, type EngineHarness } from '@caisson/core/testing';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { parseEndpoint, RemoteEngine } from '@caisson/docker-api/client';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { Host, installed } from './hosts.js';
import { isRoot, Sandbox } from './support.js';

const image = 'localhost/busybox:1';

interface Backend {
  readonly name: string;
  /** That must be installed. */
  readonly program: string;
  readonly open: () => Promise<{ engine: Engine; close: () => Promise<void> }>;
  readonly defaults?: EngineHarness['defaults'];
  readonly without?: EngineHarness['without'];
}

const remote = (start: () => Promise<Host>) => async () => {
  const host = await start();
  const engine = new RemoteEngine(parseEndpoint(`unix://${host.socket}`), { layerIndexes: new LayerIndexes(join(host.folder, 'layer-indexes')) });
  return {
    engine,
    close: async () => {
      await engine[Symbol.asyncDispose]();
      await host[Symbol.asyncDispose]();
    },
  };
};

const podmanNote = (why: string) => `podman 4.3: ${why}`;

const backends: readonly Backend[] = [
  { name: 'the local engine', program: 'runc', open: openLocal },
  { name: "Caisson's daemon", program: 'runc', open: remote(() => Host.caisson()) },
  { name: "Debian's dockerd", program: 'dockerd', open: remote(() => Host.dockerd()) },
  {
    name: "podman's service",
    program: 'podman',
    open: remote(() => Host.podman()),
    // It asks for more open files than this kind of machine lets a process have.
    defaults: { resources: { ulimits: [{ name: 'nofile', soft: 1024, hard: 1024 }, { name: 'nproc', soft: 1024, hard: 1024 }] } },
    without: {
      'events tell what happens, past and present': podmanNote('its service tells no past events that are kept in a file'),
      'wait knows its conditions': podmanNote('a wait for the next exit answers at once where nothing runs'),
      'limits can be changed': podmanNote("docker's endpoint for it is missing"),
      'exec that is detached goes on by itself': podmanNote('of a detached exec it does not tell the end'),
      'paths that are not there are not found': podmanNote('it makes the folder that a tar is to be unpacked into'),
      'containers on a network know each other by name': podmanNote('names need a plugin that Debian does not install with it'),
    },
  },
];

/** The engine as the package `caisson` opens it, built: its containers' hooks run the command line beside it. */
async function openLocal() {
  const sandbox = new Sandbox();
  const { openEngine } = (await import(new URL('../../packages/cli/dist/index.js', import.meta.url).href)) as { openEngine: (options: { dataRoot: string; runRoot: string }) => Engine };
  const engine = openEngine({ dataRoot: sandbox.path('data'), runRoot: sandbox.path('run') });
  return {
    engine,
    close: async () => {
      await engine[Symbol.asyncDispose]();
      sandbox.dispose();
    },
  };
}

for (const { name, program, open, defaults, without } of backends)
  describe.runIf(isRoot && installed(program))(name, () => {
    let opened: Awaited<ReturnType<Backend['open']>>;
    beforeAll(async () => {
      opened = await open();
      await opened.engine.images.import(rootfs(), { name: parseReference(image), config: { Cmd: ['/bin/sh'], Env: ['PATH=/bin:/usr/bin'] } });
    });
    afterAll(async () => opened?.close());
    for (const one of engineSuite({ open: async () => opened.engine, image, ...(defaults ? { defaults } : {}), ...(without ? { without } : {}) }))
      if (one.inapplicable === undefined) it(one.name, one.run);
      else it.skip(`${one.name} (${one.inapplicable})`, () => {});
  });

async function* rootfs(): AsyncGenerator<Uint8Array, void> {
  yield busyboxRootfs();
}
