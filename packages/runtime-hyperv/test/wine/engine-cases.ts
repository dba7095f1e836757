import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCaissonError, parseReference, withDefaultTag } from '@caisson/core';
import type { Case } from '@caisson/core/testing';
import { fileCases } from './file-cases.js';
import { baseImage, build, importBase, runToEnd, theEngine } from './simulated-engine.js';
import { calls } from './simulated-host.js';

const cases: Record<string, () => Promise<void>> = {
  'an image is unpacked and run: its own command, and another': async () => {
    calls();
    assert.deepEqual(await runToEnd('localhost/base:1'), { code: 0, log: 'default\n' });
    assert.ok(calls().some((line) => line.includes('"CommandLine":"cmd /S /C echo default"')));
    assert.deepEqual(await runToEnd('localhost/base:1', ['cmd', '/S', '/C', 'type C:\\Windows\\base.txt']), { code: 0, log: 'base' });
    assert.equal((await runToEnd('localhost/base:1', ['sh', '-c', 'exit 7'])).code, 7);
  },
  'a Dockerfile of Windows is built: RUN, COPY, SHELL, USER, WORKDIR and the escape directive': async () => {
    const { dataRoot } = theEngine();
    const context = join(dataRoot, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'file.txt'), 'copied\n');
    const dockerfile = ['# escape=`', 'FROM localhost/base:1', 'USER ContainerAdministrator', 'WORKDIR C:\\app', 'COPY file.txt .\\', 'RUN echo made>C:\\app\\made.txt', 'RUN id', 'SHELL ["cmd", "/S", "/C"]', 'RUN type C:\\app\\file.txt', 'CMD type C:\\app\\made.txt', ''];
    const request = { context: { kind: 'folder', path: context }, tags: [withDefaultTag(parseReference('localhost/app:1'))] } as const;
    const { output } = await build(dockerfile, request);
    assert.match(output, /ContainerAdministrator/);
    assert.match(output, /copied/);
    assert.deepEqual(await runToEnd('localhost/app:1'), { code: 0, log: 'made\n' });
    assert.ok((await build(dockerfile, request)).cached >= 4);
  },
  'a RUN that fails ends the build with its exit code, and leaves nothing': async () => {
    await assert.rejects(build(['FROM localhost/base:1', 'RUN exit 3', '']), (error) => isCaissonError(error, 'build-failed') && /exited with code 3/.test(error.message));
  },
  'containers are on a network, with a port, and all of it goes': async () => {
    const { engine } = theEngine();
    const { id } = await engine.containers.create({ image: 'localhost/base:1', command: ['sleep', '100'], ports: [{ protocol: 'tcp', hostIp: '', hostPort: 18090, containerPort: 80 }] });
    calls();
    await engine.containers.start(id);
    const made = calls();
    assert.ok(made.some((line) => line.includes('POST /endpoints/') && line.includes('"ExternalPort":18090')));
    assert.ok(made.some((line) => line.startsWith('HcsCreateComputeSystem') && line.includes('EndpointList')));
    await engine.containers.remove(id, { force: true });
    assert.ok(calls().some((line) => line.includes('DELETE /endpoints/')));
  },
  'exec, stop and restart': async () => {
    const { engine } = theEngine();
    const { id } = await engine.containers.create({ image: 'localhost/base:1', command: ['sleep', '100'], network: 'none' });
    await engine.containers.start(id);
    const process_ = await engine.containers.exec(id, { args: ['sh', '-c', 'exit 4'] }, { stdio: 'none' });
    assert.equal((await process_.wait()).code, 4);
    await engine.containers.restart(id, { timeout: 1 });
    assert.equal((await engine.containers.get(id)).status, 'running');
    await engine.containers.stop(id, { timeout: 1 });
    assert.equal((await engine.containers.get(id)).status, 'exited');
    await engine.containers.remove(id);
  },
  'an image for a later build of Windows, or for Linux, is refused in words': async () => {
    await importBase('localhost/later:1', '10.0.99999.1');
    const { engine } = theEngine();
    await assert.rejects(
      (async () => {
        const { id } = await engine.containers.create({ image: 'localhost/later:1', network: 'none' });
        await engine.containers.start(id);
      })(),
      (error) => isCaissonError(error, 'unsupported', 'not-found') && error.message.includes('99999'),
    );
  },
};

export function engineCases(): readonly Case[] {
  return Object.entries({ ...cases, ...fileCases }).map(([name, run]) => ({
    name,
    run: async () => {
      await baseImage();
      await run();
    },
  }));
}

export const engineCaseNames: readonly string[] = Object.keys({ ...cases, ...fileCases });
