import { ApiError, badRequest } from '../http/api-error.js';
import type { Call } from '../http/call.js';
import { imageOutput, readBuildOptions, readOutputs } from '../requests/build.js';
import { JsonLines } from '../streams/json-lines.js';
import type { ProgressLine } from '../../types/progress.js';
import type { SessionBuild, SessionOutput } from '../buildkit/index.js';

const uploadPrefix = 'upload-request:';

/** `POST /build?version=2`: a build of a client whose session gives what it needs, told as BuildKit tells its own. */
export async function buildWithSession(call: Call): Promise<undefined> {
  const buildId = call.query.text('buildid') ?? '';
  if (buildId.startsWith(uploadPrefix)) return takeUpload(call, buildId.slice(uploadPrefix.length));
  const sessionId = call.query.text('session');
  if (sessionId === undefined) throw badRequest('a build of version 2 needs a session');
  const { BuildTrace, buildForSession, describeFailure, encodeStatus, tellImage } = await import('../buildkit/index.js');
  const job = call.daemon.builds.begin(buildId === '' ? `session ${sessionId}` : buildId);
  try {
    const signal = AbortSignal.any([call.signal, job.signal]);
    const build = readSessionBuild(call, () => job.upload());
    const session = await call.daemon.sessions.get(sessionId, signal);
    const folders = await call.daemon.contextFolders();
    const lines = new JsonLines<ProgressLine>(call.response);
    lines.begin();
    // In order, and without the build's waiting for a client that reads slowly.
    let sent = Promise.resolve();
    const send = (line: ProgressLine) => {
      sent = sent.then(() => lines.send(line)).catch(() => {}); // of a client that has gone
    };
    const trace = new BuildTrace(buildId, (status) => send({ id: 'moby.buildkit.trace', aux: Buffer.from(encodeStatus(status)).toString('base64') }));
    try {
      const result = await buildForSession({ engine: call.engine, folders, trace, signal }, session, build);
      if (build.output.kind === 'engine') {
        await tellImage(trace, result, build.request.tags ?? []);
        send({ id: 'moby.image.id', aux: { ID: result.imageId } });
        if (call.query.flag('q')) send({ stream: `${result.imageId}\n` });
      }
    } catch (error) {
      const message = describeFailure(error);
      send({ errorDetail: { message }, error: message });
    }
    await sent;
    lines.end();
  } finally {
    job.end();
  }
  return undefined;
}

/** The second request of a build whose context comes from the client's standard input. */
async function takeUpload(call: Call, buildId: string): Promise<undefined> {
  await call.daemon.builds.upload(buildId, call.request as AsyncIterable<Uint8Array>);
  call.response.end();
  return undefined;
}

function readSessionBuild(call: Call, upload: () => Promise<AsyncIterable<Uint8Array>>): SessionBuild {
  const { dockerfile, ...request } = readBuildOptions(call);
  const remote = call.query.text('remote');
  const inline = request.buildArgs?.BUILDKIT_INLINE_CACHE;
  return {
    request: { ...request, ...(inline !== undefined && !['0', 'false', ''].includes(inline) ? { cacheTo: [{ type: 'inline' }] } : {}) },
    dockerfile: dockerfile && 'path' in dockerfile ? dockerfile.path : undefined,
    context: remote === 'client-session' ? 'session' : remote === 'upload-request' ? { kind: 'stream', stream: later(upload) } : remote === undefined ? { kind: 'stream', stream: call.request as AsyncIterable<Uint8Array> } : { kind: 'url', url: remote },
    names: { context: 'context', dockerfile: 'dockerfile' },
    output: sessionOutput(call),
  };
}

async function* later(upload: () => Promise<AsyncIterable<Uint8Array>>): AsyncGenerator<Uint8Array, void> {
  yield* await upload();
}

function sessionOutput(call: Call): SessionOutput {
  const [first, ...more] = readOutputs(call);
  if (more.length > 0) throw new ApiError(400, 'multiple outputs not supported');
  if (!first) return { kind: 'engine' };
  switch (first.type) {
    case 'cacheonly':
      return { kind: 'engine', outputs: [{ type: 'image', store: false }] };
    case 'local':
      return { kind: 'folder' };
    case 'tar':
    case 'oci':
    case 'docker':
      return { kind: 'file', type: first.type };
    default:
      return { kind: 'engine', outputs: [imageOutput(first)] };
  }
}
