/**
 * The fields of schema 1, written from the facts of its definition (hcsshim: internal/hcs/schema1/schema1.go): name, type, and whether the
 * service needs it. Documents are held against it.
 */
export type FieldType = 'string' | 'boolean' | 'integer' | 'strings' | 'string map' | 'integer pair' | readonly Field[] | { readonly list: readonly Field[] };

export interface Field {
  readonly name: string;
  readonly type: FieldType;
  readonly required?: boolean;
}

export const containerFields: readonly Field[] = [
  { name: 'SystemType', type: 'string', required: true },
  { name: 'Name', type: 'string', required: true },
  { name: 'Owner', type: 'string', required: true },
  { name: 'VolumePath', type: 'string' },
  { name: 'IgnoreFlushesDuringBoot', type: 'boolean' },
  { name: 'LayerFolderPath', type: 'string', required: true },
  { name: 'Layers', type: { list: [{ name: 'ID', type: 'string', required: true }, { name: 'Path', type: 'string', required: true }] }, required: true },
  { name: 'Credentials', type: 'string' },
  { name: 'ProcessorCount', type: 'integer' },
  { name: 'ProcessorWeight', type: 'integer' },
  { name: 'ProcessorMaximum', type: 'integer' },
  { name: 'MemoryMaximumInMB', type: 'integer' },
  { name: 'HostName', type: 'string' },
  { name: 'MappedDirectories', type: { list: [{ name: 'HostPath', type: 'string', required: true }, { name: 'ContainerPath', type: 'string', required: true }, { name: 'ReadOnly', type: 'boolean', required: true }] } },
  { name: 'MappedPipes', type: { list: [{ name: 'HostPath', type: 'string', required: true }, { name: 'ContainerPipeName', type: 'string', required: true }] } },
  { name: 'HvPartition', type: 'boolean', required: true },
  { name: 'NetworkSharedContainerName', type: 'string' },
  { name: 'EndpointList', type: 'strings' },
  { name: 'HvRuntime', type: [{ name: 'ImagePath', type: 'string', required: true }] },
  { name: 'AllowUnqualifiedDNSQuery', type: 'boolean' },
  { name: 'DNSSearchList', type: 'string' },
];

export const processFields: readonly Field[] = [
  { name: 'CommandLine', type: 'string', required: true },
  { name: 'User', type: 'string' },
  { name: 'WorkingDirectory', type: 'string', required: true },
  { name: 'Environment', type: 'string map', required: true },
  { name: 'EmulateConsole', type: 'boolean', required: true },
  { name: 'CreateStdInPipe', type: 'boolean', required: true },
  { name: 'CreateStdOutPipe', type: 'boolean', required: true },
  { name: 'CreateStdErrPipe', type: 'boolean', required: true },
  { name: 'ConsoleSize', type: 'integer pair' },
];

/** What of a document the table does not allow; empty where all is well. */
export function faultsOf(document: object, fields: readonly Field[], at = ''): string[] {
  const faults = fields.flatMap(({ name, type, required }) => {
    const value = (document as Readonly<Record<string, unknown>>)[name];
    if (value === undefined) return required ? [`${at}${name} is missing`] : [];
    return isOf(value, type) ? below(value, type, `${at}${name}.`) : [`${at}${name} is not of type ${JSON.stringify(type)}`];
  });
  const unknown = Object.keys(document).filter((key) => !fields.some(({ name }) => name === key));
  return [...faults, ...unknown.map((key) => `${at}${key} is not in the schema`)];
}

function isOf(value: unknown, type: FieldType): boolean {
  if (typeof type !== 'string') return 'list' in type ? Array.isArray(value) : typeof value === 'object' && value !== null;
  switch (type) {
    case 'integer':
      return Number.isInteger(value);
    case 'strings':
      return Array.isArray(value) && value.every((each) => typeof each === 'string');
    case 'string map':
      return typeof value === 'object' && value !== null && Object.values(value).every((each) => typeof each === 'string');
    case 'integer pair':
      return Array.isArray(value) && value.length === 2 && value.every((each) => Number.isInteger(each));
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

function below(value: unknown, type: FieldType, at: string): string[] {
  if (typeof type === 'string') return [];
  if ('list' in type) return (value as object[]).flatMap((each, place) => faultsOf(each, type.list, `${at}${place}.`));
  return faultsOf(value as object, type, at);
}
