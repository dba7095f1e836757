import { isCaissonError, type ExecRequest, type Process } from '@caisson/core';
import type { ExecInspect } from '../../types/exec.js';
import type { Exec } from '../exec-table.js';
import { ApiError, badRequest, conflict, toApiError } from '../http/api-error.js';
import { parseJson } from '../http/body.js';
import { flag, object, text, textOrTexts, texts, type Checked } from '../http/check.js';
import { created, ok, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { consoleSize } from '../requests/container-create.js';
import { readSize } from '../requests/container-options.js';
import { checkDetachKeys } from '../streams/detach-keys.js';
import { hijack, hijackBody } from '../streams/hijack.js';
import { joinStreams } from '../streams/join.js';
import { frame } from '../streams/multiplex.js';
import { write } from '../streams/writer.js';
import { container } from './objects.js';
import { defaultDetachKeys } from './containers-attach.js';

const createShape = object({ AttachStdin: flag, AttachStdout: flag, AttachStderr: flag, ConsoleSize: consoleSize, DetachKeys: text, Tty: flag, Env: texts, Cmd: textOrTexts, Privileged: flag, User: text, WorkingDir: text });
const startShape = object({ Detach: flag, Tty: flag, ConsoleSize: consoleSize });

async function create(call: Call): Promise<Reply> {
  const body = await call.json(createShape);
  if (!body.Cmd?.length) throw badRequest('No exec command specified');
  const { id, status } = await container(call);
  if (status === 'paused') throw conflict(`container ${id} is paused, unpause the container before exec`);
  if (status !== 'running') throw conflict(`container ${id} is not running`);
  const detachKeys = checkDetachKeys(body.DetachKeys || defaultDetachKeys);
  const request = readRequest(body, body.Cmd);
  const exec = call.daemon.execs.add({ containerId: id, request, attachStdin: body.AttachStdin ?? false, attachStdout: body.AttachStdout ?? false, attachStderr: body.AttachStderr ?? false, detachKeys });
  return created({ Id: exec.id });
}

function readRequest(body: ReturnType<typeof createShape>, args: readonly string[]): ExecRequest {
  const size = readSize(body.ConsoleSize);
  return {
    args,
    env: body.Env ?? [],
    terminal: body.Tty ?? false,
    stdin: body.AttachStdin ?? false,
    ...(body.User ? { user: body.User } : {}),
    ...(body.WorkingDir ? { cwd: body.WorkingDir } : {}),
    ...(body.Privileged ? { privileged: true } : {}),
    ...(size ? { terminalSize: size } : {}),
  };
}

async function start(call: Call): Promise<Reply | undefined> {
  const exec = call.daemon.execs.get(call.param('id'));
  const options: Checked<{ Detach: typeof flag; Tty: typeof flag; ConsoleSize: typeof consoleSize }> = parseJson(await hijackBody(call), startShape, {});
  if (exec.status !== 'created') throw conflict(`exec command ${exec.id} ${exec.status === 'running' ? 'is already running' : 'has already run'}`);
  const { status, id } = await container(call, exec.containerId);
  if (status === 'paused') throw conflict(`container ${id} is paused, unpause the container before exec`);
  if (status !== 'running') throw conflict(`container ${id} is not running`);
  let process: Process;
  try {
    process = await run(call, exec, options);
  } catch (error) {
    if (options.Detach) throw new ApiError(400, inDockersWords(error, exec), { cause: error });
    return tellInStream(call, exec, error);
  }
  if (options.Detach) return { status: 200 };
  const client = hijack(call, { multiplexed: !exec.request.terminal });
  const { attachStdin: stdin, attachStdout: stdout, attachStderr: stderr, detachKeys } = exec;
  try {
    const outcome = await joinStreams(client, process, { terminal: exec.request.terminal ?? false, stdin, stdout, stderr, detachKeys });
    // A client that asks for the exit code at once is to get it.
    if (outcome === 'ended') await exec.ended;
  } catch (error) {
    if (!client.signal.aborted) throw error;
  } finally {
    await process[Symbol.asyncDispose]();
    client.end();
  }
  return undefined;
}

/** docker answers what is wrong with a command as its output: clients show that, and take the exit code from the exec. */
async function tellInStream(call: Call, exec: Exec, error: unknown): Promise<undefined> {
  const client = hijack(call, { multiplexed: !exec.request.terminal });
  const text = Buffer.from(`${inDockersWords(error, exec)}\r\n`);
  await write(client.output, exec.request.terminal ? text : frame('stdout', text));
  client.end();
  return undefined;
}

function inDockersWords(error: unknown, { request: { user = '' } }: Exec): string {
  const { message } = toApiError(error);
  const [, kind] = /^the image has no (user|group) /.exec(message) ?? [];
  const [name = '', group = ''] = user.split(':');
  return kind === undefined ? message : `unable to find ${kind} ${kind === 'user' ? name : group}: no matching entries in ${kind === 'user' ? 'passwd' : 'group'} file`;
}

async function run(call: Call, exec: Exec, { Detach: detach, ConsoleSize: consoleSizeGiven }: ReturnType<typeof startShape>): Promise<Process> {
  exec.status = 'running';
  const size = readSize(consoleSizeGiven);
  let process: Process;
  try {
    process = await call.engine.containers.exec(exec.containerId, { ...exec.request, execId: exec.id, ...(size ? { terminalSize: size } : {}) }, { stdio: detach ? 'none' : 'pipe' });
  } catch (error) {
    const code = isCaissonError(error) && typeof error.details?.exitCode === 'number' ? error.details.exitCode : 126;
    call.daemon.execs.end(exec, code);
    throw error;
  }
  exec.process = process;
  exec.ended = process.wait().then(
    (status) => call.daemon.execs.end(exec, status.code),
    () => call.daemon.execs.end(exec, 137), // it went with its container
  );
  return process;
}

async function inspect(call: Call): Promise<Reply> {
  const exec = call.daemon.execs.get(call.param('id'));
  const { request } = exec;
  const [entrypoint = '', ...rest] = request.args;
  const body: ExecInspect = {
    ID: exec.id,
    Running: exec.status === 'running',
    ExitCode: exec.exitCode,
    ProcessConfig: { tty: request.terminal ?? false, entrypoint, arguments: rest, privileged: request.privileged ?? false, ...(request.user === undefined ? {} : { user: request.user }) },
    OpenStdin: exec.attachStdin,
    OpenStderr: exec.attachStderr,
    OpenStdout: exec.attachStdout,
    CanRemove: false,
    ContainerID: exec.containerId,
    DetachKeys: Buffer.from(exec.detachKeys === defaultDetachKeys ? '' : exec.detachKeys).toString('base64'),
    Pid: exec.process?.pid ?? 0,
  };
  return ok(body);
}

async function resize(call: Call): Promise<Reply> {
  const exec = call.daemon.execs.get(call.param('id'));
  const rows = call.query.integer('h') ?? 0;
  const columns = call.query.integer('w') ?? 0;
  if (rows < 0 || columns < 0 || rows > 65535 || columns > 65535) throw new ApiError(400, 'invalid size of a terminal');
  if (exec.status === 'ended') throw conflict(`exec ${exec.id} has ended`);
  if (!exec.request.terminal) throw badRequest('this exec has no terminal');
  // Clients ask for the size right after the start, which may not have come that far.
  for (let tries = 0; !exec.process && tries < 100; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
  if (rows > 0 && columns > 0) await exec.process?.resize({ rows, columns });
  return { status: 200 };
}

export const execRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/containers/{name}/exec', handler: create },
  { method: 'POST', path: '/exec/{id}/start', handler: start },
  { method: 'POST', path: '/exec/{id}/resize', handler: resize },
  { method: 'GET', path: '/exec/{id}/json', handler: inspect },
];
