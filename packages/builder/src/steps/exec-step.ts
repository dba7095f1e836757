import { join } from 'node:path';
import { CaissonError, isCaissonError, LayerTree, sha256, type ContainerSpec, type DeviceEdits, type ExitStatus, type Process } from '@caisson/core';
import { cacheKey, type StepResult } from '../cache/build-cache.js';
import { captureLayer } from '../exec/capture-layer.js';
import { etcFiles, stepHostname } from '../exec/etc-files.js';
import { mountIdentity, type ExecSpec } from '../exec/exec-spec.js';
import { findMissing, removeStubs, upperFolder } from '../exec/mount-stubs.js';
import { StepOutput } from '../exec/output.js';
import { prepareMounts, type PreparedMounts } from '../exec/prepare-mounts.js';
import { unpackStack } from '../exec/unpack-stack.js';
import type { Execution, StackedLayer } from '../host.js';
import type { StepContext } from '../session.js';
import { ownedName } from '../owned-name.js';
import { cachedStep, type SolvedStep } from './cached-step.js';
import type { StepBase } from './copy-step.js';

/** Runs a command in the stage's root file system and makes a layer of what it changed; `check` is called before anything is run. */
export function execStep(context: StepContext, base: StepBase & { readonly layers: readonly StackedLayer[] }, spec: ExecSpec, check: () => void): Promise<SolvedStep> {
  const { dates, request } = context.session;
  const { extraHosts = [], ulimits, shmSize } = request;
  // Only where they are given: most builds' keys have nothing of them.
  const limits = ulimits?.length || shmSize !== undefined ? [[ulimits ?? [], shmSize ?? 0]] : [];
  const key = cacheKey('exec-1', [
    base.chain, spec.args, spec.env, spec.cwd, spec.user, spec.network, spec.insecure, spec.mounts.map(mountIdentity), ...(spec.devices.length > 0 ? [spec.devices] : []),
    extraHosts, dates.files, dates.latest ?? '', ...limits,
  ]);
  const sources = spec.mounts.flatMap((mount) => (mount.kind === 'stage' || mount.kind === 'context' ? [[mount.target, mount.identity]] : []));
  return cachedStep(context, {
    key,
    exclusive: true,
    inputs: {
      instruction: context.instruction,
      parent: base.chain,
      onBase: base.onBase,
      variables: Object.fromEntries(spec.env.map((entry) => entry.split(/=(.*)/s).slice(0, 2))) as Record<string, string>,
      sources: Object.fromEntries(sources) as Record<string, string>,
      settings: JSON.stringify([spec.cwd, spec.user, spec.network, spec.insecure, extraHosts, dates.files, dates.latest ?? '', ...limits]),
    },
    make: () => {
      check();
      return exec(context, base.layers, spec);
    },
  });
}

async function exec(context: StepContext, layers: readonly StackedLayer[], spec: ExecSpec): Promise<StepResult> {
  const { session } = context;
  const execution = await session.execution();
  const { snapshotter, differ } = execution;
  const parent = await unpackStack(session, layers);
  const id = ownedName();
  const rootfs = await snapshotter.prepare(id, parent);
  let committed = false;
  try {
    await using prepared = await prepareMounts(context, execution, id, spec);
    await using network = await execution.network(id, spec.network);
    const container = containerSpec(context, id, rootfs, spec, prepared, edits(execution, spec), spec.windows ? [] : etcFiles(join(session.scratch, id), network, session.request.extraHosts), network.namespace);
    // Windows leaves nothing of a mount behind, and its base's layers are large to look into.
    const below = spec.windows ? LayerTree.empty : await session.layers.tree(layers.map((layer) => layer.diffId), session.signal);
    const missing = spec.windows ? [] : findMissing(below, [...always, ...container.mounts.map((mount) => mount.destination)]);
    const started = Date.now();
    const output = new StepOutput((stream, text) => session.report({ type: 'output', step: context.info.id, stream, text }), prepared.secrets);
    const exit = await runToEnd(await execution.runtime.run(container, { signal: session.signal, stdio: 'pipe' }), output);
    if (session.signal.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: session.signal.reason });
    if (exit.code !== 0) {
      const error = failure(spec, exit, output);
      await session.request.debug?.({
        step: context.info,
        error,
        run: (args, { terminal, ...options }) => execution.runtime.run({ ...container, id: `${id}-debug`, process: { ...container.process, args, terminal, stdin: true } }, options),
      });
      throw error;
    }
    const upper = upperFolder(rootfs);
    if (upper !== undefined && missing.length > 0) removeStubs(upper, missing, below);
    const index = await captureLayer(differ, id, session.host.content, session.dates, started, session.signal);
    if (!index) return {};
    await snapshotter.commit(id, parent ? sha256(`${parent} ${index.diffId}`) : index.diffId);
    committed = true;
    session.layers.put(index);
    return { layer: { diffId: index.diffId, size: index.size } };
  } finally {
    if (!committed) await snapshotter.remove(id);
  }
}

function containerSpec(
  { session }: StepContext,
  id: string,
  rootfs: ContainerSpec['rootfs'],
  spec: ExecSpec,
  prepared: PreparedMounts,
  { env, devices, mounts, hooks }: DeviceEdits,
  etc: ContainerSpec['mounts'],
  networkNamespace: string | undefined,
): ContainerSpec {
  const { shmSize, ulimits, cgroupParent } = session.request;
  return {
    id,
    rootfs,
    process: { args: spec.args, ...(spec.argsEscaped ? { argsEscaped: true } : {}), env: [...spec.env, ...spec.passingEnv, ...prepared.env, ...env], cwd: spec.cwd, user: spec.user, terminal: false, stdin: false },
    hostname: stepHostname,
    // What lies deeper is mounted later.
    mounts: [...etc, ...prepared.mounts, ...mounts].sort((a, b) => a.destination.split('/').length - b.destination.split('/').length),
    ...(networkNamespace === undefined ? {} : { networkNamespace }),
    resources: ulimits ? { ulimits } : {},
    security: { privileged: spec.insecure, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: spec.insecure ? 'unconfined' : 'default' },
    ...(shmSize === undefined ? {} : { shmSize }),
    ...(devices.length > 0 ? { devices } : {}),
    hooks,
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
  };
}

/** A device that is not required is left out where it is not there. */
function edits({ deviceEdits }: Execution, { devices }: ExecSpec): DeviceEdits {
  if (devices.length === 0) return { env: [], devices: [], mounts: [], hooks: {} };
  if (!deviceEdits) throw new CaissonError('unsupported', 'this host has no devices for RUN --device');
  const there = devices.filter(({ name, required }) => {
    try {
      deviceEdits([name]);
      return true;
    } catch (error) {
      if (required || !isCaissonError(error, 'not-found')) throw error;
      return false;
    }
  });
  return deviceEdits(there.map(({ name }) => name));
}

/** What every container has mounted. */
const always = ['/proc', '/dev', '/sys'];

async function runToEnd(started: Process, output: StepOutput): Promise<ExitStatus> {
  await using process = started;
  const reading = Promise.all([process.stdout && output.read(process.stdout, 'stdout'), process.stderr && output.read(process.stderr, 'stderr')]);
  const exit = await process.wait();
  await reading;
  return exit;
}

/** The runtime has said so: nothing of the command's own comes before it. */
function noShell({ args: [shell = '', option] }: ExecSpec, { lastLines }: StepOutput): boolean {
  return option === '-c' && lastLines.length === 1 && (lastLines[0] ?? '').includes(`exec: "${shell}": stat ${shell}: no such file`);
}

function failure(spec: ExecSpec, exit: ExitStatus, output: StepOutput): CaissonError {
  const command = spec.args.at(-1) ?? '';
  const shown = (spec.args.length === 3 && spec.args[1] === '-c' ? command : spec.args.join(' ')).split('\n')[0] ?? '';
  const how = exit.oomKilled ? 'was killed for lack of memory' : exit.code > 128 && exit.code < 160 ? `was ended by signal ${exit.code - 128}` : `exited with code ${exit.code}`;
  return new CaissonError('build-failed', `${shown.length > 120 ? `${shown.slice(0, 117)}...` : shown} ${how}`, {
    ...(noShell(spec, output) ? { hint: `there is no ${spec.args[0]} in this stage: write RUN ["program", "argument"], or stand on a base that has one` } : {}),
    details: { command: spec.args, exitCode: exit.code, oomKilled: exit.oomKilled, output: output.lastLines },
  });
}

