import type { Value } from '../template/index.js';

/** Fields of docker's documents that are maps from any names, not structs: a name that is not there is no fault. */
const maps = new Set(['Annotations', 'AuxiliaryAddresses', 'Attributes', 'Containers', 'Data', 'Details', 'DriverOpts', 'ExposedPorts', 'IndexConfigs', 'Labels', 'Networks', 'Options', 'PortBindings', 'Ports', 'Runtimes', 'Status.', 'StorageOpt', 'Sysctls', 'Tmpfs', 'Volumes', 'annotations', 'endpoints', 'Endpoints', 'labels', 'options', 'platform']);

/** Fields that docker's own types have, whatever the document says: they are nil where it says nothing. */
const known: Readonly<Record<string, readonly string[]>> = {
  State: ['Health'],
  Config: ['Healthcheck', 'StopTimeout', 'StopSignal', 'Shell', 'OnBuild', 'ExposedPorts', 'Volumes', 'Entrypoint', 'Cmd', 'Labels', 'NetworkDisabled', 'MacAddress'],
  HostConfig: ['Annotations', 'Init', 'Mounts', 'Tmpfs', 'StorageOpt', 'Sysctls', 'MemorySwappiness', 'OomKillDisable', 'PidsLimit'],
  '': ['SizeRw', 'SizeRootFs', 'Variant', 'OsVersion', 'Descriptor', 'Manifests', 'UsageData', 'ClusterVolume', 'Status', 'VirtualSize'],
};

/** Names of fields in docker's own types, by those that they have in JSON: templates may use either. */
const goNames: Readonly<Record<string, string>> = {
  ApiVersion: 'APIVersion',
  CpuCfsPeriod: 'CPUCfsPeriod',
  CpuCfsQuota: 'CPUCfsQuota',
  CpuPeriod: 'CPUPeriod',
  CpuQuota: 'CPUQuota',
  CpuRealtimePeriod: 'CPURealtimePeriod',
  CpuRealtimeRuntime: 'CPURealtimeRuntime',
  CpuShares: 'CPUShares',
  Dns: 'DNS',
  DnsOptions: 'DNSOptions',
  DnsSearch: 'DNSSearch',
  HttpProxy: 'HTTPProxy',
  HttpsProxy: 'HTTPSProxy',
  Id: 'ID',
  NanoCpus: 'NanoCPUs',
};

/** A document of docker's API as templates see it there. */
export function templateData(document: object): Value {
  return convert(document, '');
}

function convert(value: unknown, name: string): Value {
  if (Array.isArray(value)) return value.map((item: unknown) => convert(item, name === '' ? '' : 'item'));
  if (typeof value !== 'object' || value === null || value instanceof Date) return value;
  const entries = Object.entries(value).map(([key, item]): [string, Value] => [key, convert(item, key)]);
  if (maps.has(name)) return new Map(entries);
  const missing = (known[name] ?? []).filter((key) => !(key in value) && (name !== '' || relevant(key, value)));
  const result = Object.fromEntries([...entries, ...missing.map((key): [string, Value] => [key, null])]);
  // Not among those that are listed or printed.
  for (const [key, item] of entries) if (Object.hasOwn(goNames, key) && !Object.hasOwn(result, goNames[key] ?? '')) Object.defineProperty(result, goNames[key] ?? '', { value: item });
  return result;
}

/** At the top, the kinds of objects are told apart by what they have. */
function relevant(key: string, value: object): boolean {
  if (key === 'SizeRw' || key === 'SizeRootFs') return 'HostConfig' in value;
  if (key === 'UsageData' || key === 'ClusterVolume' || key === 'Status') return 'Mountpoint' in value;
  return 'RootFS' in value;
}
