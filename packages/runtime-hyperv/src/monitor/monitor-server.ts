import { createServer, type Server, type Socket } from 'node:net';
import { timingSafeEqual } from 'node:crypto';
import { CaissonError } from '@caisson/core';
import type { ContainerMonitor } from './container-monitor.js';
import { encodeJson, frame, FrameReader } from './frames.js';
import { errorRecord, exitRecord, type Authorized, type MonitorRequest } from './messages.js';
import { OutputHub } from './output-hub.js';
import { Session } from './session.js';

/** Answers a monitor's clients on its pipe. */
export class MonitorServer {
  readonly #monitor: ContainerMonitor;
  readonly #token: Buffer;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #released = Promise.withResolvers<'released' | 'abandoned'>();
  readonly #stdinOnce: boolean;
  #supervisors = 0;

  constructor(monitor: ContainerMonitor, token: string) {
    this.#monitor = monitor;
    this.#token = Buffer.from(token);
    this.#stdinOnce = monitor.spec.process.stdinOnce ?? false;
    this.#server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  }

  /** Resolves when the caller of a supervised create has released the container, or has died. */
  get released(): Promise<'released' | 'abandoned'> {
    return this.#released.promise;
  }

  listen(pipe: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(pipe, () => resolve());
    });
  }

  /** Takes no new clients, and waits until those that are there have been told everything, or have gone. */
  async close(patience: number): Promise<void> {
    this.#server.close();
    const gone = Promise.all([...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve).end())));
    let timer: NodeJS.Timeout | undefined;
    await Promise.race([gone, new Promise((resolve) => (timer = setTimeout(resolve, patience)))]);
    clearTimeout(timer);
    for (const socket of this.#sockets) socket.destroy();
  }

  #serve(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => this.#sockets.delete(socket));
    let session: Session | undefined;
    let asked = false;
    const reader = new FrameReader((type, data) => {
      if (asked) return session?.take(type, data);
      asked = true;
      const request = type === frame.request ? parse(data) : undefined;
      if (!request || !this.#isAuthorized(request.token)) return void socket.destroy();
      this.#answer(socket, request, (made) => (session = made)).catch((error: unknown) => socket.end(encodeJson(frame.error, errorRecord(error))));
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch {
        socket.destroy();
      }
    });
    // A client has nothing more to ask once it has closed its side, unless it waits for an answer.
    socket.on('end', () => {
      if (session || !asked) socket.end();
    });
  }

  #isAuthorized(token: unknown): boolean {
    const given = Buffer.from(typeof token === 'string' ? token : '');
    return given.length === this.#token.length && timingSafeEqual(given, this.#token);
  }

  async #answer(socket: Socket, request: MonitorRequest, open: (session: Session) => void): Promise<void> {
    const monitor = this.#monitor;
    const done = (value: unknown = null) => void socket.end(encodeJson(frame.ok, value));
    switch (request.op) {
      case 'state':
        return done(monitor.state());
      case 'start':
        return done(await monitor.start());
      case 'wait':
        return done(exitRecord(await monitor.exit));
      case 'kill':
        return done(await monitor.kill(request.signal));
      case 'resize':
        return done(await (await monitor.main).resize(request.columns, request.rows));
      case 'pause':
        return done(await monitor.pause());
      case 'unpause':
        return done(await monitor.unpause());
      case 'stats':
        return done(await monitor.stats());
      case 'processes':
        return done(await monitor.processes());
      case 'endpoint':
        return done(await monitor.changeEndpoint(request.action, request.endpointId));
      case 'release':
        this.#released.resolve('released');
        return done();
      case 'supervise':
        return this.#supervise(socket);
      case 'attach':
        return this.#attach(socket, request.stdin, open);
      case 'exec':
        return this.#exec(socket, request, open);
    }
  }

  #supervise(socket: Socket): void {
    this.#supervisors++;
    socket.write(encodeJson(frame.ok, null));
    socket.once('close', () => {
      if (--this.#supervisors === 0) this.#released.resolve('abandoned');
    });
  }

  #attach(socket: Socket, stdin: boolean, open: (session: Session) => void): void {
    const { process } = this.#monitor.spec;
    open(new Session(socket, this.#monitor.main, { stdin: stdin && process.stdin, closesStdin: this.#stdinOnce, kill: (signal) => this.#monitor.kill(signal) }));
    this.#monitor.hub.add(socket);
    socket.write(encodeJson(frame.ok, null));
    void this.#monitor.exit.then((exit) => socket.end(encodeJson(frame.exit, exitRecord(exit))));
  }

  async #exec(socket: Socket, { process, detached }: Extract<MonitorRequest, { op: 'exec' }>, open: (session: Session) => void): Promise<void> {
    const started = await this.#monitor.exec(process);
    const hub = new OutputHub();
    // A detached process outlives its client; its output goes nowhere.
    if (!detached) hub.add(socket);
    hub.take(started.stdout, started.stderr);
    open(new Session(socket, Promise.resolve(started), { stdin: process.stdin, closesStdin: true, kill: (signal) => started.kill(signal) }));
    socket.write(encodeJson(frame.ok, { pid: started.pid }));
    void started.exit.then((exit) => socket.end(encodeJson(frame.exit, exitRecord(exit))));
  }
}

function parse(data: Buffer): Authorized<MonitorRequest> | undefined {
  try {
    const value: unknown = JSON.parse(data.toString());
    return typeof value === 'object' && value !== null && 'op' in value && 'token' in value ? (value as Authorized<MonitorRequest>) : undefined;
  } catch {
    return undefined;
  }
}

/** @throws CaissonError where the pipe's name is taken */
export async function serve(monitor: ContainerMonitor, record: { readonly pipe: string; readonly token: string }): Promise<MonitorServer> {
  const server = new MonitorServer(monitor, record.token);
  try {
    await server.listen(record.pipe);
  } catch (error) {
    throw new CaissonError('runtime-failed', `the monitor’s pipe ${record.pipe} cannot be made`, { cause: error });
  }
  return server;
}
