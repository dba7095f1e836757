import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isCaissonError, type CaissonError, type ErrorCode } from '@caisson/core';
import type { Case } from '@caisson/core/testing';
import { ContainerFolder } from '../../src/container/container-folder.js';
import { calls, faults, helper, impatient, leaveSystem, noFaults, openRuntime, options, runRoot, spec, systems } from './simulated-host.js';

const folder = process.env['CAISSON_TEST_FOLDER'] ?? '.';
const accessDenied = 0x80070005;

async function refused(promise: Promise<unknown>, code: ErrorCode, pattern: RegExp): Promise<CaissonError> {
  const error = await promise.then(
    () => assert.fail('it went well'),
    (thrown: unknown) => thrown,
  );
  assert.ok(isCaissonError(error, code) && pattern.test(error.message), String(error));
  return error;
}

/** Nothing of the container is left: no system, and no volume. */
function assertNothingLeft(id: string): void {
  assert.equal(systems().includes(id), false, `the system ${id} is left`);
  for (const mark of ['.activated', '.prepared']) assert.equal(existsSync(join(folder, 'layers', id, mark)), false, `the layer is left ${mark}`);
}

/** Each way in which a start can fail, and what is then said. */
const starts: readonly (readonly [fault: string, code: number, error: ErrorCode, said: RegExp])[] = [
  ['HcsCreateComputeSystem', accessDenied, 'denied', /creating.*access denied.*0x80070005.*A fault was asked for/],
  ['HcsCreateComputeSystem', 0xc0370101, 'runtime-failed', /does not match the host/],
  ['HcsCreateComputeSystem', 0x8007052e, 'runtime-failed', /user name or password/],
  ['HcsCreateComputeSystem', 0x12345678, 'runtime-failed', /0x12345678/],
  ['HcsRegisterComputeSystemCallback', 0x80070057, 'runtime-failed', /argument/],
  ['create-status', 0xc0370106, 'runtime-failed', /exited unexpectedly/],
  ['create-exits', 0xc0370106, 'runtime-failed', /creating.*exited unexpectedly/],
  ['create-silent', 0, 'unavailable', /creating.*took longer than 1 seconds/],
  ['HcsStartComputeSystem', 0xc0370102, 'runtime-failed', /utility VM could not be started/],
  ['start-status', 0x800705b4, 'runtime-failed', /took too long/],
  ['start-exits', 0, 'runtime-failed', /starting.*exited unexpectedly/],
  ['start-silent', 0, 'unavailable', /starting.*took longer than 1 seconds/],
  ['HcsCreateProcess', 0x80070005, 'denied', /access denied/],
  ['HcsCreateProcess', 0x8007010b, 'runtime-failed', /working directory/],
  ['HcsRegisterProcessCallback', 0x80070057, 'runtime-failed', /argument/],
  ['ActivateLayer', 0x80070002, 'runtime-failed', /activating the layer/],
  ['PrepareLayer', 0x80070020, 'runtime-failed', /preparing the layer/],
  ['GetLayerMountPath', 0x80070057, 'runtime-failed', /mounted/],
  ['CreateSandboxLayer', 0x80070070, 'no-space', /scratch layer/],
];

const cases: Record<string, () => Promise<void>> = {
  ...Object.fromEntries(
    starts.map(([fault, code, error, said]) => [
      `a run that fails by ${fault} ${code.toString(16)} says so and leaves nothing`,
      async () => {
        const container = await spec('process')({ args: ['true'] });
        const runtime = openRuntime(fault.endsWith('-silent') ? { timeouts: impatient } : {});
        faults([fault, code]);
        const thrown = await refused(runtime.run(container, { stdio: 'none' }), error, said).finally(noFaults);
        if (code !== 0) assert.equal(thrown.details?.['hresult'], code);
        assertNothingLeft(container.id);
        // The same ID is free at once, on the same layer.
        assert.equal((await (await openRuntime().run(container, { stdio: 'none' })).wait()).code, 0);
      },
    ]),
  ),
  'a container that cannot be started has exited, and its monitor has gone': async () => {
    const container = await spec('process')({ args: ['true'] });
    const runtime = openRuntime();
    await runtime.create(container);
    faults(['HcsStartComputeSystem', 0xc0370102]);
    const error = await refused(runtime.start(container.id), 'runtime-failed', /utility VM/).finally(noFaults);
    assert.equal(error.details?.['hresult'], 0xc0370102);
    assert.equal((await runtime.state(container.id))?.status, 'exited');
    assert.equal((await runtime.wait(container.id)).code, 128);
    await refused(runtime.start(container.id), 'in-use', /not running/);
    await runtime.delete(container.id);
    assertNothingLeft(container.id);
  },
  'a create that cannot be made leaves no folder': async () => {
    const container = await spec('process')({ args: ['true'] });
    const runtime = openRuntime({ helper: [process.execPath, '-e', 'process.stderr.write("broken helper"); process.exit(3)'] });
    await refused(runtime.create(container), 'runtime-failed', /monitor.*ended before it was ready.*broken helper/);
    await refused(openRuntime({ helper: ['Z:\\no\\such\\program.exe'] }).create(container), 'runtime-failed', /monitor/);
    faults(['NameToGuid', accessDenied]);
    await refused(openRuntime().create(container), 'denied', /naming the layer/).finally(noFaults);
    assert.equal(await runtime.state(container.id), undefined);
    assert.equal(existsSync(ContainerFolder.of(runRoot, container.id).path), false);
  },
  'a monitor that is killed loses the exit, and what it had is taken back': async () => {
    const container = await spec('process')({ args: ['sleep', '100'] });
    const runtime = openRuntime();
    await runtime.create(container);
    const monitor = (await runtime.state(container.id))?.pid ?? 0;
    await runtime.start(container.id);
    const client = await runtime.attach(container.id, { stdin: false });
    client.stdout?.resume();
    client.stderr?.resume();
    const waiting = runtime.wait(container.id);
    process.kill(monitor, 'SIGKILL');
    assert.equal((await waiting).code, 137);
    assert.equal((await client.wait()).code, 137);
    const state = await runtime.state(container.id);
    assert.deepEqual([state?.status, state?.exit?.code], ['exited', 137]);
    assertNothingLeft(container.id);
    await refused(runtime.kill(container.id, 'TERM'), 'in-use', /not running/);
    await runtime.delete(container.id);
    assert.equal(await runtime.state(container.id), undefined);
  },
  'systems of dead owners are reclaimed, those of others left alone': async () => {
    const runtime = openRuntime();
    const living = await spec('process')({ args: ['sleep', '100'] });
    await runtime.create(living);
    await runtime.start(living.id);
    leaveSystem('other-owner', 'docker');
    leaveSystem('not-noted-here');
    leaveSystem('left-by-a-run');
    mkdirSync(join(runRoot, 'runs'), { recursive: true });
    writeFileSync(join(runRoot, 'runs', 'left-by-a-run.json'), JSON.stringify({ owner: { pid: 999_999, started: 0, boot: '' }, scratch: join(folder, 'layers', 'base') }));
    assert.deepEqual(await runtime.reclaim(), ['left-by-a-run']);
    assert.deepEqual(systems().filter((id) => id !== living.id).sort(), ['not-noted-here', 'other-owner']);
    assert.equal((await runtime.state(living.id))?.status, 'running');
    await runtime.delete(living.id, { force: true });
  },
  'callbacks that come after the end are dropped': async () => {
    faults(['late-callback']);
    const runtime = openRuntime();
    for (let round = 0; round < 3; round++) assert.equal((await (await runtime.run(await spec('process')({ args: ['true'] }), { stdio: 'none' })).wait()).code, 0);
    await sleep(300);
    noFaults();
  },
  'an exit that nobody tells of is known by the end of the system': async () => {
    const container = await spec('process')({ args: ['sleep', '100'] });
    const runtime = openRuntime();
    const running = await runtime.run(container, { stdio: 'none' });
    faults(['exit-silent']);
    await running.kill('KILL');
    assert.equal((await running.wait()).code, 137);
    noFaults();
    assertNothingLeft(container.id);
  },
  'an exit code that cannot be read is told as 137': async () => {
    const running = await openRuntime().run(await spec('process')({ args: ['sh', '-c', 'read line; exit 5'], stdin: true }), { stdio: 'pipe' });
    running.stdout?.resume();
    running.stderr?.resume();
    faults(['HcsGetProcessProperties', accessDenied]);
    running.stdin?.write('go\n');
    assert.equal((await running.wait()).code, 137);
    noFaults();
  },
  'a system that will not end is waited for only so long': async () => {
    const container = await spec('process')({ args: ['true'] });
    faults(['terminate-silent']);
    const start = performance.now();
    const running = await openRuntime({ timeouts: { start: 120_000, stop: impatient.stop } }).run(container, { stdio: 'none' });
    assert.equal((await running.wait()).code, 0);
    assert.ok(performance.now() - start >= impatient.stop - 100);
    noFaults();
    // The next of its name clears it away.
    assert.equal((await (await openRuntime().run(container, { stdio: 'none' })).wait()).code, 0);
  },
  'stats, processes and signals that fail are errors, and the container goes on': async () => {
    const container = await spec('process')({ args: ['sleep', '100'] });
    const runtime = openRuntime();
    await runtime.create(container);
    await runtime.start(container.id);
    faults(['HcsGetComputeSystemProperties', 0xc0370109], ['HcsSignalProcess', accessDenied], ['HcsTerminateProcess', accessDenied]);
    await refused(runtime.stats(container.id), 'runtime-failed', /connection/);
    await refused(runtime.processes(container.id), 'runtime-failed', /connection/);
    await refused(runtime.kill(container.id, 'TERM'), 'denied', /signalling/);
    await refused(runtime.kill(container.id, 'KILL'), 'denied', /terminating/);
    noFaults();
    assert.equal((await runtime.state(container.id))?.status, 'running');
    assert.deepEqual((await runtime.processTable(container.id, [])).titles, ['Name', 'PID', 'CPU', 'Private Working Set']);
    await refused(runtime.processTable(container.id, ['-ef']), 'invalid-argument', /ps/);
    await refused(runtime.update(container.id), 'unsupported', /while it runs/);
    await refused(runtime.pause(container.id), 'unsupported', /process isolation/);
    await runtime.delete(container.id, { force: true });
  },
  'the exit command runs when nobody tidies up, and not when somebody does': async () => {
    const runtime = openRuntime();
    const marker = (id: string) => join(folder, `marker-${id}`);
    const make = async () => {
      const container = await spec('process')({ args: ['true'] });
      return { ...container, exitCommand: [process.execPath, '-e', `require('fs').writeFileSync(${JSON.stringify(marker(container.id))}, '')`] };
    };
    const alone = await make();
    await runtime.create(alone);
    await runtime.start(alone.id);
    while (!existsSync(marker(alone.id))) await sleep(20); // as long as a case may take
    const looked = await make();
    await runtime.create(looked, { supervised: true });
    await runtime.start(looked.id);
    await runtime.wait(looked.id);
    await runtime.delete(looked.id);
    await runtime.release(looked.id);
    await sleep(800);
    assert.equal(existsSync(marker(looked.id)), false);
  },
  'output is kept in a log, line by line': async () => {
    const runtime = openRuntime();
    const log = join(folder, 'container.log');
    const container = await spec('process')({ args: ['sh', '-c', 'echo one; echo two >&2; printf three'] }, { logPath: log });
    await runtime.create(container);
    await runtime.start(container.id);
    await runtime.wait(container.id);
    const lines = readFileSync(log, 'utf8').split('\n').filter(Boolean).map((line) => line.split(' ').slice(1).join(' ')).sort();
    assert.deepEqual(lines, ['stderr F two', 'stdout F one', 'stdout P three']);
    await runtime.delete(container.id);
  },
  'a process runs as the user it is told to, by name': async () => {
    const runtime = openRuntime();
    const process_ = await runtime.run(await spec('process')({ args: ['id'], user: 'ContainerAdministrator' }), { stdio: 'pipe' });
    let text = '';
    process_.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
    process_.stderr?.resume();
    await process_.wait();
    assert.equal(text, 'ContainerAdministrator\n');
    await refused(runtime.run(await spec('process')({ args: ['id'], user: 'nobody' }), { stdio: 'none' }), 'runtime-failed', /user is not known/);
    await refused(runtime.run(await spec('process')({ args: ['id'], user: '1000' }), { stdio: 'none' }), 'unsupported', /by name/);
  },
  'command lines arrive as they were meant': async () => {
    const runtime = openRuntime();
    const words = ['with space', 'quote"inside', String.raw`back\slash`, String.raw`trailing\ `, '', 'tab\there'];
    const process_ = await runtime.run(await spec('process')({ args: ['echo', ...words] }), { stdio: 'pipe' });
    let text = '';
    process_.stdout?.setEncoding('utf8').on('data', (part: string) => (text += part));
    process_.stderr?.resume();
    await process_.wait();
    assert.equal(text, `${words.join(' ')}\n`);
    calls();
    await (await runtime.run(await spec('process')({ args: ['cmd /S /C echo "as it is"  >NUL'], argsEscaped: true }), { stdio: 'none' })).wait();
    assert.ok(calls().some((line) => line.includes(String.raw`"CommandLine":"cmd /S /C echo \"as it is\"  >NUL"`)));
  },
  'isolation, limits, mounts and credentials reach the service': async () => {
    const runtime = openRuntime();
    const credentials = { CmsPlugins: ['ActiveDirectory'] };
    const { security, ...container } = await spec('hyperv')({ args: ['true'] }, { resources: { memory: 512 << 20, cpuQuota: 50_000, cpuPeriod: 100_000 }, hostname: 'box', dnsSearch: ['a.test', 'b.test'], mounts: [{ type: 'bind', source: 'C:\\data', destination: 'C:\\mnt', options: ['ro'] }, { type: 'npipe', source: '\\\\.\\pipe\\host', destination: '\\\\.\\pipe\\guest', options: [] }] });
    calls();
    await (await runtime.run({ ...container, security: { ...security, credentialSpec: `raw://${JSON.stringify(credentials)}` } }, { stdio: 'none' })).wait();
    const line = calls().find((one) => one.startsWith('HcsCreateComputeSystem ')) ?? '';
    const document = JSON.parse(line.slice('HcsCreateComputeSystem '.length)) as Record<string, unknown>;
    assert.deepEqual([document['HvPartition'], document['VolumePath'], document['HostName'], document['DNSSearchList'], document['MemoryMaximumInMB'], document['ProcessorCount'], document['ProcessorMaximum']], [true, undefined, 'box', 'a.test,b.test', 512, 1, 5000]);
    assert.deepEqual(document['MappedDirectories'], [{ HostPath: 'C:\\data', ContainerPath: 'C:\\mnt', ReadOnly: true }]);
    assert.deepEqual(document['MappedPipes'], [{ HostPath: '\\\\.\\pipe\\host', ContainerPipeName: 'guest' }]);
    assert.equal(document['Credentials'], JSON.stringify(credentials));
    assert.match((document['HvRuntime'] as { ImagePath: string }).ImagePath, /\\UtilityVM$/);
  },
  'an image that cannot run here is refused before anything is made, with both builds': async () => {
    const runtime = openRuntime();
    const container = await spec('process')({ args: ['true'] }, { osVersion: '10.0.26100.1' });
    calls();
    const error = await refused(runtime.create(container), 'unsupported', /26100.*20348/);
    assert.deepEqual(error.details, { imageBuild: 26100, hostBuild: 20348 });
    assert.equal(calls().some((line) => line.startsWith('HcsCreate')), false);
    const noHyperv = openRuntime({ host: { version: { major: 10, minor: 0, build: 20348, revision: 0 }, server: true, hyperv: false } });
    await refused(noHyperv.create(await spec('hyperv')({ args: ['true'] })), 'unsupported', /no Hyper-V/);
  },
  'a scratch layer is as large as is asked for': async () => {
    calls();
    await (await openRuntime({ scratchSize: 40 << 20 }).run(await spec('process')({ args: ['true'] }), { stdio: 'none' })).wait();
    const [made, grown] = calls().filter((line) => /^(?:CreateSandboxLayer|ExpandSandboxSize) /.test(line));
    assert.ok(made?.startsWith('Create') && grown?.startsWith('Expand'));
  },
  'a host without the service says what to turn on': async () => {
    const runtime = openRuntime({ ...options, libraries: { vmcompute: 'Z:\\no\\vmcompute.dll' }, helper });
    const error = await refused(runtime.create(await spec('process')({ args: ['true'] })), 'missing-dependency', /vmcompute\.dll is not there/);
    assert.match(error.hint ?? '', /Containers/);
  },
};

export function faultCases(): readonly Case[] {
  return Object.entries(cases).map(([name, run]) => ({ name, run }));
}

export const faultCaseNames: readonly string[] = Object.keys(cases);
