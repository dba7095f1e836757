import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError, fromSystemError, tryLock } from '@caisson/core';
import { ApiServer, Daemon } from '@caisson/docker-api/server';
import packageJson from '../../package.json' with { type: 'json' };
import { hostConfigPath } from '../engine/host-config.js';
import { openEngine } from '../engine/open.js';
import { defaultRunRoot, enginePaths } from '../engine/paths.js';
import { activatedSockets } from './activation.js';
import { parseHost, type ListenAddress } from './hosts.js';
import { listen, type Listener } from './listen.js';
import { DaemonLog } from './log.js';
import { reload, type Reloadable } from './reload.js';
import { idleFeatures, mergeConfig, parseDaemonConfig, type DaemonConfig } from './settings.js';
import { checkExposure, tlsOptions } from './tls.js';

export interface DaemonOptions {
  /** As said on the command line. */
  readonly flags: DaemonConfig;
  readonly configFile: string | undefined;
  readonly allowAnyone: boolean;
  /** Seconds without a request after which it ends. */
  readonly exitWhenIdle: number | undefined;
  readonly globals: { readonly dataRoot?: string; readonly runRoot?: string };
  print(line: string): void;
}

/**
 * Serves the Docker Engine API until TERM or INT. Containers do not depend on it: they stay as they are when it ends, is killed or starts
 * again, and the command line works beside it.
 * @throws CaissonError
 */
export async function runDaemon(options: DaemonOptions): Promise<void> {
  const path = options.configFile ?? hostConfigPath();
  // What containers get by default is read from the same file, here and by whatever is started for them.
  if (options.configFile !== undefined) process.env.CAISSON_CONFIG_FILE = resolve(path);
  const config = readConfig(options, path);
  const paths = enginePaths({ ...options.globals, ...rootsOf(config) });
  mkdirSync(paths.dataRoot, { recursive: true });
  const lock = tryLock(join(paths.dataRoot, 'daemon.lock'));
  if (!lock) throw new CaissonError('in-use', `another daemon serves ${paths.dataRoot}`, { hint: 'stop that one, or choose another folder with --data-root' });
  using _lock = lock;
  using _pid = writePidFile(config.pidfile);
  const tls = tlsOptions(config);
  const addresses = (config.hosts?.length ? config.hosts : [`unix://${join(defaultRunRoot(), 'docker.sock')}`]).map((host) => parseHost(host, { tls: tls !== undefined }));
  checkExposure(addresses, config, options.allowAnyone);
  const log = new DaemonLog();
  const live: Reloadable = { registries: { hosts: {}, limits: {} }, transfers: {}, log };
  await using engine = openEngine({ ...paths, registrySettings: () => live.registries, transferLimits: () => live.transfers, resident: true });
  const daemon = new Daemon(engine);
  reload(live, daemon, config, path);
  const idle = idleFeatures(config);
  if (idle.length > 0) log.say(`${path}: features without effect here: ${idle.join(', ')}`);
  const api = new ApiServer(daemon, { version: packageJson.version, onFault: (error, doing) => log.fault(error, doing) });
  const listeners = await openAll(addresses, { api, tls, group: config.group, activated: activatedSockets() });
  const patience = (config['shutdown-timeout'] ?? 15) * 1000;
  try {
    options.print(`listening on ${listeners.map((one) => one.address).join(', ')}`);
    // After a start of the machine, containers whose policy says so are started by whoever looks at them first.
    let looking = true;
    void engine.containers
      .list({ all: true })
      .catch((error: unknown) => log.fault(error, 'looking at the containers'))
      .finally(() => (looking = false));
    await untilEnd({ api, idleSeconds: options.exitWhenIdle, onReload: () => reloadFile(options, path, live, daemon) });
    for (const one of listeners) one.close();
    // What is under way may come to its end; what follows something for ever is let go of at once.
    daemon.close();
    for (const end = Date.now() + patience; (looking || api.active > 0) && Date.now() < end; ) await sleep(20);
    if (api.active > 0) log.say(`cut off at the end: ${api.underWay.join(', ')}`);
  } finally {
    api.closeUpgraded();
    for (const one of listeners) await one[Symbol.asyncDispose]();
  }
}

function readConfig({ flags, configFile }: DaemonOptions, path: string): DaemonConfig {
  if (configFile === undefined && !existsSync(path)) return flags;
  try {
    return mergeConfig(flags, parseDaemonConfig(readFileSync(path, 'utf8'), path), path);
  } catch (error) {
    throw fromSystemError(error, `reading ${path}`);
  }
}

function reloadFile(options: DaemonOptions, path: string, live: Reloadable, daemon: Daemon): void {
  try {
    reload(live, daemon, readConfig(options, path), path);
    live.log.say('settings reloaded');
  } catch (error) {
    // A daemon that runs goes on with the settings it has.
    live.log.fault(error, 'reloading the settings');
  }
}

function rootsOf(config: DaemonConfig): { dataRoot?: string; runRoot?: string } {
  const run = config['run-root'] ?? config['exec-root'];
  return { ...(config['data-root'] === undefined ? {} : { dataRoot: config['data-root'] }), ...(run === undefined ? {} : { runRoot: run }) };
}

async function openAll(addresses: readonly ListenAddress[], settings: Parameters<typeof listen>[1]): Promise<Listener[]> {
  const open: Listener[] = [];
  try {
    for (const address of addresses) open.push(...(await listen(address, settings)));
    return open;
  } catch (error) {
    for (const one of open) await one[Symbol.asyncDispose]();
    throw error;
  }
}

/** Resolves at INT and TERM, and after the time without requests. HUP reads the settings anew. */
async function untilEnd({ api, idleSeconds, onReload }: { readonly api: ApiServer; readonly idleSeconds: number | undefined; readonly onReload: () => void }): Promise<void> {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.removeAllListeners(name);
  process.on('SIGHUP', onReload);
  let timer: NodeJS.Timeout | undefined;
  await new Promise<void>((resolve) => {
    process.once('SIGINT', resolve).once('SIGTERM', resolve);
    if (idleSeconds === undefined) return;
    const look = () => {
      const left = idleSeconds * 1000 - (Date.now() - api.idleSince);
      if (api.active === 0 && left <= 0) resolve();
      else timer = setTimeout(look, api.active > 0 ? idleSeconds * 1000 : Math.max(left, 10));
    };
    timer = setTimeout(look, idleSeconds * 1000);
  });
  clearTimeout(timer);
  process.removeListener('SIGHUP', onReload);
}

function writePidFile(path: string | undefined): Disposable {
  if (path === undefined) return { [Symbol.dispose]: () => {} };
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${process.pid}\n`, { mode: 0o644 });
  } catch (error) {
    throw fromSystemError(error, `writing ${path}`);
  }
  return { [Symbol.dispose]: () => rmSync(path, { force: true }) };
}
