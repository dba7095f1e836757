import type { ContainerRecord } from '@caisson/core';
import type { ContainerConfig, ContainerInspect } from '../types/container.js';
import { encodeNetworkSettings } from './endpoints.js';
import { encodeHostConfig } from './host-config.js';
import { encodeMountPoint } from './mounts.js';
import { encodeState } from './container-status.js';

/** What an inspect may tell beside the record. */
export interface ContainerFacts {
  readonly size?: { readonly written: number; readonly total: number };
  readonly execIds?: readonly string[];
  /** Folder of the container's own files, where this host has one. */
  readonly folder?: string;
}

/** A container as `GET /containers/{id}/json` shows it. */
export function encodeContainer(record: ContainerRecord, { size, execIds = [], folder }: ContainerFacts = {}): ContainerInspect {
  const { process } = record;
  const file = (name: string) => (folder === undefined ? '' : `${folder}/${name}`);
  return {
    Id: record.id,
    Created: record.created.toISOString(),
    Path: process.args[0] ?? '',
    Args: process.args.slice(1),
    State: encodeState(record),
    Image: record.image.id,
    ResolvConfPath: file('resolv.conf'),
    HostnamePath: file('hostname'),
    HostsPath: file('hosts'),
    LogPath: record.options.logDriver === 'none' ? '' : file('log'),
    Name: `/${record.name}`,
    RestartCount: record.state.restarts,
    Driver: 'overlay2',
    Platform: 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execIds.length > 0 ? execIds : null,
    HostConfig: encodeHostConfig(record),
    GraphDriver: { Name: 'overlay2', Data: null },
    ...(size ? { SizeRw: size.written, SizeRootFs: size.total } : {}),
    Mounts: record.mounts.map(encodeMountPoint),
    Config: encodeConfig(record),
    NetworkSettings: encodeNetworkSettings(record),
  };
}

/** What the container is: the request, with the image's defaults where it said nothing. */
function encodeConfig({ options, process, hostname, labels, exposed, stopSignal, healthcheck, shell, image }: ContainerRecord): ContainerConfig {
  // Of the two parts of the command, those that the image gave are known by what is left of the whole.
  const entrypoint = options.entrypoint ?? (options.command?.length ? process.args.slice(0, process.args.length - options.command.length) : []);
  const command = process.args.slice(entrypoint.length);
  const volumes = Object.fromEntries((options.mounts ?? []).flatMap((mount) => (mount.type === 'volume' && mount.source === undefined ? [[mount.target, {}]] : [])));
  return {
    Hostname: hostname,
    Domainname: options.domainname ?? '',
    User: process.user,
    AttachStdin: false,
    AttachStdout: false,
    AttachStderr: false,
    ...(exposed.length > 0 || options.ports?.length ? { ExposedPorts: Object.fromEntries([...exposed, ...(options.ports ?? []).map((port) => `${port.containerPort}/${port.protocol}`)].map((port) => [port, {}])) } : {}),
    Tty: process.terminal,
    OpenStdin: process.stdin,
    StdinOnce: process.stdinOnce ?? false,
    Env: encodeEnv(process.env, options.env ?? [], hostname),
    Cmd: command.length > 0 ? command : null,
    ...(healthcheck ? { Healthcheck: healthcheck } : {}),
    Image: image.name,
    Volumes: Object.keys(volumes).length > 0 ? volumes : null,
    WorkingDir: process.cwd,
    Entrypoint: entrypoint.length > 0 ? entrypoint : null,
    OnBuild: null,
    Labels: labels,
    ...(options.stopSignal === undefined && stopSignal === 'SIGTERM' ? {} : { StopSignal: stopSignal }),
    ...(options.stopTimeout === undefined ? {} : { StopTimeout: options.stopTimeout }),
    ...(shell ? { Shell: shell } : {}),
  };
}

/** The user's variables first, as docker has them, and none that every container gets. */
function encodeEnv(all: readonly string[], given: readonly string[], hostname: string): string[] {
  const asked = new Set(given);
  const inherited = all.filter((entry) => !asked.has(entry) && entry !== `HOSTNAME=${hostname}` && entry !== 'TERM=xterm');
  return [...all.filter((entry) => asked.has(entry)), ...inherited];
}
