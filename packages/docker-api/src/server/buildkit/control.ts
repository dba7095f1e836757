import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import { isCaissonError, type CacheEntry, type ErrorCode } from '@caisson/core';
import { Code, ConnectError, type HandlerContext, type ServiceImpl } from '@connectrpc/connect';
import type { Daemon } from '../daemon.js';
import { ClientSession } from './client-session.js';
import { Outbox } from './outbox.js';
import type { Control, SolveRequest } from './pb/control_pb.js';
import { buildForSession, describeFailure, tellImage, BuildFailure } from './session-build.js';
import { readSolve, type Solve, type Typed } from './solve-request.js';
import type { SolveTable } from './solve-table.js';
import { StreamConnection } from './stream-connection.js';
import { BuildTrace } from './trace.js';

/** BuildKit's control API on an engine: what its clients list, prune and build. Definitions (LLB) are not run. */
export function controlService(daemon: Daemon, solves: SolveTable): ServiceImpl<typeof Control> {
  const { engine } = daemon;
  return {
    async info() {
      const { version } = await engine.system.info();
      return { buildkitVersion: { package: 'caisson', version, revision: '' } };
    },
    async listWorkers() {
      const { platform, name } = await engine.system.info();
      const { architecture, os, variant = '' } = platform;
      return { record: [{ id: 'caisson', labels: { 'org.mobyproject.buildkit.worker.executor': 'oci', 'org.mobyproject.buildkit.worker.hostname': name }, platforms: [{ architecture, os, variant }] }] };
    },
    async diskUsage() {
      return { record: (await engine.builds.cache()).map(usageRecord) };
    },
    async *prune({ keepDuration, keepBytes }) {
      const before = keepDuration > 0n ? { before: new Date(Date.now() - Number(keepDuration / 1_000_000n)) } : {};
      const { entries } = await engine.builds.prune({ ...before, ...(keepBytes > 0n ? { keepBytes: Number(keepBytes) } : {}) });
      for (const entry of entries) yield usageRecord(entry);
    },
    async solve(request, { signal }) {
      return { exporterResponse: await solve(daemon, solves, request, signal) };
    },
    async *status({ ref }, { signal }) {
      yield* solves.get(ref).follow(signal);
    },
    async *session(incoming, context) {
      const outgoing = new Outbox<{ data: Uint8Array }>();
      daemon.sessions.add(new ClientSession(sessionHeaders(context), new StreamConnection(incoming, outgoing), Buffer.alloc(0)));
      yield* outgoing;
    },
  };
}

function sessionHeaders({ requestHeader }: HandlerContext) {
  const one = (name: string) => requestHeader.get(`x-docker-expose-session-${name}`) ?? '';
  const id = one('uuid');
  if (id === '') throw new ConnectError('the session has no ID', Code.InvalidArgument);
  return { id, sharedKey: one('sharedkey'), methods: one('grpc-method').split(',').map((method) => method.trim()) };
}

function usageRecord({ id, kind, bytes, description, created, used, uses }: CacheEntry) {
  return { id, size: BigInt(bytes), createdAt: timestampFromDate(created), lastUsedAt: timestampFromDate(used), usageCount: BigInt(uses), description, recordType: kind === 'mount' ? 'exec.cachemount' : 'regular' };
}

async function solve(daemon: Daemon, solves: SolveTable, request: SolveRequest, signal: AbortSignal): Promise<Record<string, string>> {
  const state = solves.get(request.ref);
  try {
    const build = readSolve(await whatToSolve(request, state.returned.promise, signal));
    const session = await daemon.sessions.get(request.session.replace(/^[^:]*:(?=.)/, ''), signal);
    const trace = new BuildTrace(request.ref, (status) => state.tell(status));
    const result = await buildForSession({ engine: daemon.engine, folders: await daemon.contextFolders(), trace, signal }, session, build);
    if (build.output.kind !== 'engine') return {};
    const names = build.request.tags ?? [];
    await tellImage(trace, result, names);
    return { 'containerimage.digest': result.imageId, 'containerimage.config.digest': result.imageId, ...(names.length > 0 ? { 'image.name': exporters(request)[0]?.attrs.name ?? '' } : {}) };
  } catch (error) {
    throw solveError(error);
  } finally {
    state.end();
  }
}

const exporters = ({ exporters: several, exporterDeprecated: type, exporterAttrsDeprecated: attrs }: SolveRequest): readonly Typed[] => (several.length > 0 ? several : type === '' ? [] : [{ type, attrs }]);

/** What the request says, or what the client's own front end returns. */
async function whatToSolve(request: SolveRequest, returned: Promise<Pick<Solve, 'frontend' | 'attributes' | 'cacheImports'>>, signal: AbortSignal): Promise<Solve> {
  const { cache, entitlements, frontend, frontendAttrs, definition } = request;
  const common = { exporters: exporters(request), cacheExports: cache?.exports ?? [], entitlements };
  if (frontend !== '') return { ...common, frontend, attributes: frontendAttrs, cacheImports: cache?.imports ?? [] };
  if (definition.length > 0) throw new ConnectError('definitions (LLB) are not run here: use the front end dockerfile.v0', Code.Unimplemented);
  const gone = new Promise<never>((_resolve, reject) => signal.addEventListener('abort', () => reject(new ConnectError('the client has gone', Code.Canceled)), { once: true }));
  const { cacheImports, ...own } = await Promise.race([returned, gone]);
  return { ...common, ...own, cacheImports: [...cacheImports, ...(cache?.imports ?? [])] };
}

const codes: Partial<Record<ErrorCode, Code>> = { 'invalid-argument': Code.InvalidArgument, 'invalid-content': Code.InvalidArgument, 'not-found': Code.NotFound, unsupported: Code.Unimplemented, cancelled: Code.Canceled, unauthorized: Code.Unauthenticated, denied: Code.PermissionDenied };

function solveError(error: unknown): ConnectError {
  if (error instanceof ConnectError) return error;
  const cause = error instanceof BuildFailure ? error.cause : error;
  return new ConnectError(describeFailure(error), (isCaissonError(cause) ? codes[cause.code] : undefined) ?? Code.Unknown);
}
