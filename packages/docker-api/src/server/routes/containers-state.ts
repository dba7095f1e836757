import { CaissonError, isCaissonError, type ContainerRecord } from '@caisson/core';
import { ApiError, conflict } from '../http/api-error.js';
import { noContent, notModified, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { container } from './objects.js';

const isUp = ({ status }: ContainerRecord): boolean => status === 'running' || status === 'paused';

async function start(call: Call): Promise<Reply> {
  const { id, status, options } = await container(call);
  if (status === 'running') return notModified;
  if (status === 'paused') throw conflict('cannot start a paused container, try unpause instead');
  try {
    await call.engine.containers.start(id);
  } catch (error) {
    // Whoever started it with --rm waits for its removal.
    if (options.autoRemove) await call.engine.containers.remove(id, { force: true, volumes: true });
    throw error;
  }
  return noContent;
}

async function stop(call: Call): Promise<Reply> {
  const record = await container(call);
  const options = ending(call);
  if (!isUp(record)) {
    // Of one that its policy is about to start again, there is something to stop.
    await call.engine.containers.stop(record.id, options);
    return notModified;
  }
  await call.engine.containers.stop(record.id, options);
  return noContent;
}

async function restart(call: Call): Promise<Reply> {
  const { id } = await container(call);
  const { timeout } = ending(call);
  await call.engine.containers.restart(id, timeout === undefined ? {} : { timeout });
  return noContent;
}

function ending(call: Call): { timeout?: number; signalName?: string } {
  const timeout = call.query.integer('t');
  const signalName = call.query.text('signal');
  return { ...(timeout === undefined ? {} : { timeout }), ...(signalName === undefined ? {} : { signalName }) };
}

async function kill(call: Call): Promise<Reply> {
  const record = await container(call);
  if (!isUp(record)) throw conflict(`cannot kill container: ${call.param('name')}: container ${record.id} is not running`);
  const signal = call.query.text('signal') ?? 'SIGKILL';
  const number = /^\d+$/.test(signal) ? Number(signal) : undefined;
  try {
    await call.engine.containers.kill(record.id, number ?? signal);
    // Nothing survives this one: as with docker, the container has ended when the answer comes.
    if (isKill(signal)) await call.engine.containers.wait(record.id, { signal: AbortSignal.any([call.signal, AbortSignal.timeout(10_000)]) }).catch(() => {});
  } catch (error) {
    if (isCaissonError(error, 'in-use')) throw conflict(`cannot kill container: ${call.param('name')}: container ${record.id} is not running`);
    if (isCaissonError(error, 'invalid-argument')) throw new ApiError(400, `Invalid signal: ${signal.slice(0, 60)}`, { cause: error });
    throw error;
  }
  return noContent;
}

function isKill(signal: string): boolean {
  return ['9', 'KILL'].includes(signal.toUpperCase().replace(/^SIG/, ''));
}

async function pause(call: Call): Promise<Reply> {
  const { id, status } = await container(call);
  if (status === 'paused') throw conflict(`container ${id} is already paused`);
  if (status !== 'running') throw conflict(`container ${id} is not running`);
  await call.engine.containers.pause(id);
  return noContent;
}

async function unpause(call: Call): Promise<Reply> {
  const { id, status } = await container(call);
  if (status !== 'paused') throw conflict(`Container ${id} is not paused`);
  await call.engine.containers.unpause(id);
  return noContent;
}

async function remove(call: Call): Promise<Reply> {
  if (call.query.flag('link')) throw new CaissonError('unsupported', 'links of containers cannot be removed: there are none');
  const record = await container(call);
  const force = call.query.flag('force');
  if (!force && isUp(record))
    throw conflict(`cannot remove container "/${record.name}": container is ${record.status}: ${record.status === 'paused' ? 'unpause and then stop' : 'stop'} the container before removing or force remove`);
  try {
    await call.engine.containers.remove(record.id, { force, volumes: call.query.flag('v') });
  } catch (error) {
    // Somebody else has just removed it.
    if (!isCaissonError(error, 'not-found')) throw error;
  }
  return noContent;
}

async function resize(call: Call): Promise<Reply> {
  const rows = call.query.integer('h') ?? 0;
  const columns = call.query.integer('w') ?? 0;
  if (rows < 0 || columns < 0 || rows > 65535 || columns > 65535) throw new ApiError(400, 'invalid size of a terminal');
  const record = await container(call);
  if (!isUp(record)) throw conflict(`container ${record.id} is not running`);
  if (rows > 0 && columns > 0) await call.engine.containers.resize(record.id, { rows, columns });
  return { status: 200 };
}

export const containerStateRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/containers/{name}/start', handler: start },
  { method: 'POST', path: '/containers/{name}/stop', handler: stop },
  { method: 'POST', path: '/containers/{name}/restart', handler: restart },
  { method: 'POST', path: '/containers/{name}/kill', handler: kill },
  { method: 'POST', path: '/containers/{name}/pause', handler: pause },
  { method: 'POST', path: '/containers/{name}/unpause', handler: unpause },
  { method: 'POST', path: '/containers/{name}/resize', handler: resize },
  { method: 'DELETE', path: '/containers/{name}', handler: remove },
];
