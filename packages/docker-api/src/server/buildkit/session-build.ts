import { join } from 'node:path';
import { formatReference, isCaissonError, type BuildContext, type BuildOutput, type BuildRequest, type BuildResult, type Engine } from '@caisson/core';
import { SessionBuildClient } from './build-client.js';
import type { ClientSession } from './client-session.js';
import type { ContextFolders } from './context-folders.js';
import { readDockerfile, type FolderNames } from './read-dockerfile.js';
import { receiveFolder } from './receive-folder.js';
import { Releases } from './releases.js';
import { openSentFile, sendFolder } from './send-files.js';
import type { BuildTrace } from './trace.js';

/** What comes of a build: an image here, or files that are sent to the client. */
export type SessionOutput =
  | { readonly kind: 'engine'; readonly outputs?: readonly BuildOutput[] }
  | { readonly kind: 'folder'; readonly exporterId?: string }
  | { readonly kind: 'file'; readonly type: 'tar' | 'oci' | 'docker'; readonly exporterId?: string };

export interface SessionBuild {
  readonly request: Omit<BuildRequest, 'context' | 'dockerfile' | 'client' | 'outputs'>;
  /** Path in the client's folder of Dockerfiles; of a context that is not the client's, in that one. */
  readonly dockerfile: string | undefined;
  readonly context: 'session' | BuildContext;
  readonly names: FolderNames;
  /** Further contexts that are folders of the client, by name: what the client calls them. */
  readonly namedFolders?: Readonly<Record<string, string>>;
  readonly output: SessionOutput;
}

export interface BuildPlace {
  readonly engine: Engine;
  readonly folders: ContextFolders;
  readonly trace: BuildTrace;
  readonly signal: AbortSignal;
}

/** A build whose failure can be shown with the lines that it is about. */
export class BuildFailure extends Error {
  override readonly name = 'BuildFailure';
  /** The Dockerfile, where it was read here. */
  readonly dockerfile: string | undefined;

  constructor(cause: unknown, dockerfile: string | undefined) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
    this.dockerfile = dockerfile;
  }
}

/**
 * Builds for a session's client: its Dockerfile is read first, the rest of what it has is asked for when a step needs it, and it goes on only
 * as long as the client is there.
 * @throws BuildFailure
 */
export async function buildForSession(place: BuildPlace, session: ClientSession, build: SessionBuild): Promise<BuildResult> {
  let dockerfile: string | undefined;
  try {
    using stack = new Releases();
    const signal = AbortSignal.any([place.signal, session.gone]);
    const client = stack.use(new SessionBuildClient(session));
    const output = openOutput(session, build.output, { ...place, signal }, stack);
    const files = await openFiles({ ...place, signal }, session, build, stack);
    dockerfile = files.dockerfile && 'text' in files.dockerfile ? files.dockerfile.text : undefined;
    const task = place.engine.build({ ...build.request, ...files, client, ...(output.outputs ? { outputs: output.outputs } : {}) }, { signal });
    for await (const event of task) place.trace.event(event);
    const result = await task;
    await output.finish(result);
    return result;
  } catch (error) {
    throw new BuildFailure(error, dockerfile);
  }
}

type Files = Pick<BuildRequest, 'context' | 'dockerfile' | 'namedContexts'>;

async function openFiles(place: BuildPlace, session: ClientSession, { context, dockerfile, names, request, namedFolders = {} }: SessionBuild, stack: Releases): Promise<Files> {
  const { folders, trace, signal } = place;
  const namedContexts: Record<string, string> = { ...request.namedContexts };
  for (const [name, folderName] of Object.entries(namedFolders)) {
    const { path } = stack.use(folders.take(sharedKey(session, folderName)));
    await trace.internal(`[context ${name}] load from client`, (progress) => receiveFolder(session, path, { name: folderName, signal, onBytes: (count) => progress(`[${name}] transferring context:`, count) }));
    namedContexts[name] = path;
  }
  const named = Object.keys(namedContexts).length > 0 ? { namedContexts } : {};
  if (context !== 'session') return { context, ...(dockerfile === undefined ? {} : { dockerfile: { path: dockerfile } }), ...named };
  const own = stack.use(folders.take(''));
  const { text, name, excludes } = await readDockerfile({ session, trace, folder: join(own.path, 'files'), signal, names }, dockerfile ?? 'Dockerfile');
  const { path } = stack.use(folders.take(sharedKey(session, names.context)));
  const fill = (signal: AbortSignal) =>
    trace.internal('[internal] load build context', async (progress) => {
      let last = 0;
      let total = 0;
      await receiveFolder(session, path, {
        name: names.context,
        excludes,
        signal,
        onBytes(count) {
          total = count;
          if (Date.now() - last < 100) return;
          last = Date.now();
          progress('transferring context:', count);
        },
      });
      progress('transferring context:', total, undefined, true);
    });
  return { context: { kind: 'folder', path, fill }, dockerfile: { text, name }, ...named };
}

function sharedKey(session: ClientSession, folderName: string): string {
  return session.sharedKey === '' ? '' : `${session.sharedKey}\0${folderName}`;
}

interface OpenOutput {
  readonly outputs?: readonly BuildOutput[];
  finish(result: BuildResult): Promise<void>;
}

function openOutput(session: ClientSession, output: SessionOutput, { trace, folders, signal }: BuildPlace, stack: Releases): OpenOutput {
  const options = { signal, ...('exporterId' in output && output.exporterId !== undefined ? { exporterId: output.exporterId } : {}) };
  switch (output.kind) {
    case 'engine':
      return { ...(output.outputs ? { outputs: output.outputs } : {}), finish: () => Promise.resolve() };
    case 'folder': {
      session.needFileTarget();
      const destination = join(stack.use(folders.take('')).path, 'output');
      return {
        outputs: [{ type: 'local', destination }],
        finish: () =>
          trace.internal('exporting to client', async (progress) => {
            progress('copying files');
            await sendFolder(session, destination, options);
            progress('copying files', undefined, undefined, true);
          }),
      };
    }
    case 'file': {
      const file = openSentFile(session, options);
      return { outputs: [{ type: output.type, destination: (data) => file.write(data) }], finish: () => trace.internal('exporting to client', () => file.end()) };
    }
  }
}

/** What `exporting to image` is told as, when it has been done. */
export async function tellImage(trace: BuildTrace, { imageId }: BuildResult, names: NonNullable<BuildRequest['tags']>): Promise<void> {
  await trace.internal('exporting to image', async (progress) => {
    for (const line of ['exporting layers', `writing image ${imageId}`, ...names.map((name) => `naming to ${formatReference(name)}`)]) progress(line, undefined, undefined, true);
  });
}

/** A failure in BuildKit's manner: what went wrong, and the lines of the Dockerfile that it is about. */
export function describeFailure(error: unknown): string {
  const cause = error instanceof BuildFailure ? error.cause : error;
  const message = `failed to solve: ${cause instanceof Error ? cause.message : String(cause)}`;
  if (!isCaissonError(cause)) return message;
  const hinted = cause.hint === undefined ? message : `${message} (${cause.hint})`;
  const text = error instanceof BuildFailure ? error.dockerfile : undefined;
  if (!cause.range || text === undefined) return hinted;
  const { start, end, file = 'Dockerfile' } = cause.range;
  const last = Math.max(start.line, end.column === 1 && end.line > start.line ? end.line - 1 : end.line);
  const lines = text.replace(/\r?\n$/, '').split('\n').slice(0, last + 2);
  const shown = lines.map((line, place) => ({ line, number: place + 1 })).filter(({ number }) => number >= start.line - 2);
  const rule = '-'.repeat(20);
  return [`${file}:${start.line}`, rule, ...shown.map(({ line, number }) => `${String(number).padStart(4)} | ${number >= start.line && number <= last ? '>>>' : '   '} ${line.trimEnd()}`.trimEnd()), rule, hinted].join('\n');
}
