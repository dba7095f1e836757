import { chmodSync, chownSync, lstatSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import type { TlsOptions } from 'node:tls';
import { CaissonError, systemCode } from '@caisson/core';
import type { ApiServer } from '@caisson/docker-api/server';
import { chooseSockets, type activatedSockets } from './activation.js';
import { describeAddress, type ListenAddress } from './hosts.js';

export interface ListenSettings {
  readonly api: ApiServer;
  readonly tls: TlsOptions | undefined;
  /** Who else may use unix sockets: a name or number. */
  readonly group: string | undefined;
  readonly activated: ReturnType<typeof activatedSockets>;
}

export interface Listener extends AsyncDisposable {
  readonly address: string;
  /** Takes no more connections, and lets go of those that wait for nothing. */
  close(): void;
}

/** Opens one address; `fd://` may be several sockets. @throws CaissonError that names the address */
export async function listen(address: ListenAddress, settings: ListenSettings): Promise<Listener[]> {
  if (address.kind === 'activated') return Promise.all(chooseSockets(settings.activated, address.name).map((fd) => open({ fd }, `fd://${fd}`, serverFor(settings, false), () => {})));
  const name = describeAddress(address);
  if (address.kind === 'npipe') return [await open({ path: address.path }, name, serverFor(settings, false), () => {})];
  if (address.kind === 'unix') {
    const gid = settings.group === undefined ? undefined : groupId(settings.group);
    await clearStale(address.path);
    const listener = await open({ path: address.path }, name, serverFor(settings, false), () => rmSync(address.path, { force: true }));
    grant(address.path, gid);
    return [listener];
  }
  return [await open({ host: address.host, port: address.port }, name, serverFor(settings, true), () => {})];
}

function serverFor({ api, tls }: ListenSettings, overTcp: boolean): Server {
  const limits = {
    // A context or an archive takes as long as it takes.
    requestTimeout: 0,
    headersTimeout: 30_000,
    keepAliveTimeout: 60_000,
    maxHeaderSize: 64 * 1024,
  };
  const server = overTcp && tls ? createHttpsServer({ ...limits, ...tls }) : createHttpServer(limits);
  server.on('request', api.request);
  server.on('upgrade', api.upgrade);
  server.on('clientError', api.clientError);
  return server;
}

type Where = { readonly fd: number } | { readonly path: string } | { readonly host: string; readonly port: number };

async function open(where: Where, address: string, server: Server, clearUp: () => void): Promise<Listener> {
  const before = process.umask(0o177); // nobody is to get in before the permissions are as they shall be
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen({ ...where, backlog: 511 }, () => {
        server.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    if (systemCode(error) === 'EADDRINUSE') throw new CaissonError('in-use', `${address} is taken by another process`, { cause: error });
    throw new CaissonError(systemCode(error) === 'EACCES' ? 'denied' : 'unavailable', `cannot listen on ${address}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  } finally {
    process.umask(before);
  }
  const bound = server.address();
  return {
    address: address.startsWith('tcp:') && bound !== null && typeof bound === 'object' ? address.replace(/:\d+$/, `:${bound.port}`) : address,
    close() {
      server.close();
      server.closeIdleConnections();
    },
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      clearUp();
    },
  };
}

/** A socket whose daemon was killed is in the way; one that answers is another daemon's. */
async function clearStale(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (!found) return;
  if (!found.isSocket()) throw new CaissonError('already-exists', `${path} is there and is no socket`);
  const answers = await new Promise<boolean>((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
  if (answers) throw new CaissonError('in-use', `another process listens on ${path}`);
  rmSync(path, { force: true });
}

function grant(path: string, gid: number | undefined): void {
  if (gid !== undefined) chownSync(path, process.getuid?.() ?? 0, gid);
  chmodSync(path, gid === undefined ? 0o600 : 0o660);
}

/** @throws CaissonError `not-found` */
function groupId(group: string): number {
  if (/^\d+$/.test(group)) return Number(group);
  const line = readFileSync('/etc/group', 'utf8').split('\n').find((entry) => entry.startsWith(`${group}:`));
  if (line === undefined) throw new CaissonError('not-found', `there is no group ${group}`, { hint: `make it with groupadd ${group}, or name another with --group` });
  return Number(line.split(':')[2]);
}
