import { parsePlatform, type ContainerOptions, type NetworkAttachment, type RestartPolicy, type TerminalSize } from '@caisson/core';
import { badRequest } from '../http/api-error.js';
import type { CreateRequest, EndpointRequest, HostConfigRequest } from './container-create.js';
import { definedOnly } from './defined.js';
import { readMounts } from './mounts.js';
import { readExposed, readPorts } from './ports.js';
import { readResources, readRestartPolicy } from './resources.js';

const some = <T>(list: readonly T[] | undefined): readonly T[] | undefined => (list?.length ? list : undefined);
const said = (text: string | undefined): string | undefined => text || undefined;

/**
 * What a create request asks for. What would change how the container runs, and cannot be had, is refused; the rest is left out.
 * @throws ApiError 400, 501
 */
export function readContainerOptions(request: CreateRequest, query: { readonly name: string | undefined; readonly platform: string | undefined }): ContainerOptions {
  const host = request.HostConfig ?? {};
  refuseUnsupported(host);
  const restart = readRestartPolicy(host.RestartPolicy);
  if (host.AutoRemove && restart && restart.name !== 'no') throw badRequest("can't create 'AutoRemove' container with restart policy");
  const networks = readNetworks(request, host);
  const terminal = request.Tty;
  return definedOnly<ContainerOptions>({
    image: request.Image ?? '',
    name: query.name?.replace(/^\//, ''),
    platform: query.platform === undefined ? undefined : parsePlatform(query.platform),
    pull: 'never',
    command: some(request.Cmd),
    entrypoint: request.Entrypoint && clears(request.Entrypoint) ? [] : request.Entrypoint,
    env: some(request.Env),
    workingDir: said(request.WorkingDir),
    user: said(request.User),
    groups: some(host.GroupAdd),
    hostname: said(request.Hostname),
    domainname: said(request.Domainname),
    labels: request.Labels,
    terminal,
    terminalSize: readSize(host.ConsoleSize),
    stdin: request.OpenStdin,
    stdinOnce: request.StdinOnce,
    mounts: some(readMounts(host, request.Volumes ?? {})),
    volumesFrom: some(host.VolumesFrom),
    ports: some(readPorts(host.PortBindings ?? {})),
    publishAll: host.PublishAllPorts,
    expose: some(readExposed(request.ExposedPorts ?? {})),
    ...networks,
    links: some(host.Links),
    dns: some(host.Dns),
    dnsSearch: some(host.DnsSearch),
    dnsOptions: some(host.DnsOptions),
    extraHosts: some(host.ExtraHosts),
    resources: readResources(host),
    privileged: host.Privileged,
    capAdd: some(host.CapAdd),
    capDrop: some(host.CapDrop),
    securityOptions: some(host.SecurityOpt),
    devices: some(host.Devices?.map(({ PathOnHost: hostPath = '', PathInContainer: inside, CgroupPermissions: permissions }) => ({ hostPath, containerPath: inside || hostPath, permissions: permissions || 'rwm' }))),
    namedDevices: some(host.DeviceRequests?.flatMap((request) => request.DeviceIDs ?? [])),
    deviceCgroupRules: some(host.DeviceCgroupRules),
    readonlyRootfs: host.ReadonlyRootfs,
    sysctls: host.Sysctls,
    shmSize: host.ShmSize ? host.ShmSize : undefined,
    init: host.Init,
    autoRemove: host.AutoRemove,
    restart: restart as RestartPolicy | undefined,
    stopSignal: said(request.StopSignal),
    stopTimeout: request.StopTimeout,
    healthcheck: request.Healthcheck,
    ociRuntime: said(host.Runtime),
    pidMode: said(host.PidMode),
    ipcMode: said(host.IpcMode),
    utsMode: said(host.UTSMode),
    cgroupMode: said(host.CgroupnsMode),
    usernsMode: said(host.UsernsMode),
    cgroupParent: said(host.CgroupParent),
    annotations: host.Annotations,
    isolation: host.Isolation === 'default' ? undefined : said(host.Isolation),
    logDriver: said(host.LogConfig?.Type),
    logOptions: Object.keys(host.LogConfig?.Config ?? {}).length > 0 ? host.LogConfig?.Config : undefined,
  });
}

/** `[rows, columns]`; zeroes mean that it is not known. */
export function readSize(given: readonly number[] | null | undefined): TerminalSize | undefined {
  const [rows = 0, columns = 0] = given ?? [];
  return rows > 0 && columns > 0 && rows < 65536 && columns < 65536 ? { rows, columns } : undefined;
}

/** `[""]` is how docker's command line says that the image's entrypoint is not wanted. */
function clears(entrypoint: readonly string[]): boolean {
  return entrypoint.length === 1 && entrypoint[0] === '';
}

function refuseUnsupported(host: HostConfigRequest): void {
  // Devices by their CDI names are the engine's; there are no other drivers.
  const request = host.DeviceRequests?.find(({ Driver: driver }) => driver !== 'cdi');
  if (request) throw badRequest(`could not select device driver "${request.Driver ?? ''}" with capabilities: ${JSON.stringify(request.Capabilities ?? [])}`);
  if (host.VolumeDriver && host.VolumeDriver !== 'local') throw badRequest(`error looking up volume plugin ${host.VolumeDriver.slice(0, 60)}: plugin "${host.VolumeDriver.slice(0, 60)}" not found`);
  if (Object.keys(host.StorageOpt ?? {}).length > 0) throw badRequest('--storage-opt is supported only for overlay over xfs with the pquota mount option');
}

type Networks = Pick<ContainerOptions, 'network' | 'networkAliases' | 'ip' | 'ip6' | 'macAddress' | 'furtherNetworks'>;
type NetworkFields = { readonly [K in keyof Required<Networks>]: Networks[K] | undefined };

/** The network of `NetworkMode` first, then whatever else has an endpoint. */
function readNetworks(request: CreateRequest, host: HostConfigRequest): NetworkFields {
  const endpoints = Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {});
  const asked = request.NetworkDisabled ? 'none' : said(host.NetworkMode);
  const mode = asked === undefined || asked === 'default' ? 'bridge' : asked;
  // A request without a mode and with one endpoint means that one.
  const network = asked === undefined && endpoints.length > 0 && !endpoints.some(([name]) => name === 'bridge') ? (endpoints[0]?.[0] ?? mode) : mode;
  const own = endpoints.find(([name]) => name === network || (name === 'default' && network === 'bridge'))?.[1] ?? {};
  const further = endpoints.filter(([name]) => name !== network && !(name === 'default' && network === 'bridge')).map(([name, settings]) => readAttachment(name, settings ?? {}));
  const { aliases, ip, ip6, macAddress } = readAttachment(network, own);
  return { network, networkAliases: aliases, ip, ip6, macAddress: macAddress ?? said(request.MacAddress), furtherNetworks: some(further) };
}

/** What was asked for in one network. */
export function readAttachment(network: string, { IPAMConfig: ipam, Aliases: aliases, MacAddress: macAddress }: EndpointRequest): NetworkAttachment {
  return {
    network,
    ...(aliases?.length ? { aliases } : {}),
    ...(ipam?.IPv4Address ? { ip: ipam.IPv4Address } : {}),
    ...(ipam?.IPv6Address ? { ip6: ipam.IPv6Address } : {}),
    ...(macAddress ? { macAddress } : {}),
  };
}
