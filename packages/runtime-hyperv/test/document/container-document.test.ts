import type { ContainerSpec, ProcessSpec } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { containerDocument, type ContainerContext } from '../../src/document/container-document.js';
import { processDocument } from '../../src/document/process-document.js';
import { containerFields, faultsOf, processFields } from './field-table.js';

const process: ProcessSpec = { args: ['cmd', '/C', 'echo hi'], env: ['Path=C:\\Windows', 'A=1'], cwd: '', user: '', terminal: false, stdin: false };
const spec: ContainerSpec = {
  id: '5e0055c814a6',
  rootfs: [],
  process,
  hostname: '5e0055c814a6',
  mounts: [],
  resources: {},
  security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
};
const layers = [{ ID: '18955d65-d45a-557b-bf1c-49d6dfefc526', Path: String.raw`C:\caisson\layers\65bf96` }];
const context: ContainerContext = { isolation: 'process', scratch: String.raw`C:\caisson\layers\5e0055`, layers, volumePath: String.raw`\\?\Volume{66d1ef4c-7a00-11e6-8948-00155ddbef9d}` + '\\', endpoints: ['eef2649d-bb17-4d53-9937-295a8efe6f2c'], processors: 4 };
const hyperv: ContainerContext = { isolation: 'hyperv', scratch: context.scratch, layers, utilityVm: String.raw`C:\caisson\layers\65bf96\UtilityVM`, endpoints: [], processors: 4 };

describe('documents of containers', () => {
  it('with process isolation', () => {
    const document = containerDocument(spec, context);
    expect(faultsOf(document, containerFields)).toEqual([]);
    expect(document).toMatchInlineSnapshot(`
      {
        "AllowUnqualifiedDNSQuery": true,
        "EndpointList": [
          "eef2649d-bb17-4d53-9937-295a8efe6f2c",
        ],
        "HostName": "5e0055c814a6",
        "HvPartition": false,
        "IgnoreFlushesDuringBoot": true,
        "LayerFolderPath": "C:\\caisson\\layers\\5e0055",
        "Layers": [
          {
            "ID": "18955d65-d45a-557b-bf1c-49d6dfefc526",
            "Path": "C:\\caisson\\layers\\65bf96",
          },
        ],
        "Name": "5e0055c814a6",
        "Owner": "caisson",
        "SystemType": "Container",
        "VolumePath": "\\\\?\\Volume{66d1ef4c-7a00-11e6-8948-00155ddbef9d}",
      }
    `);
  });

  it('with Hyper-V isolation, limits, mounts and credentials', () => {
    const document = containerDocument(
      {
        ...spec,
        resources: { memory: 3 << 29, cpuQuota: 150_000 },
        mounts: [
          { type: 'bind', source: 'C:/data', destination: 'D:', options: ['rbind', 'rw'] },
          { type: 'bind', source: String.raw`\\server\share`, destination: String.raw`C:\in\ `.trim(), options: ['RO'] },
          { type: 'npipe', source: String.raw`\\.\pipe\docker_engine`, destination: String.raw`\\.\pipe\engine`, options: [] },
        ],
      },
      { ...hyperv, dnsSearch: ['a.test', 'b.test'], credentials: '{"CmsPlugins":[]}', sharedNetworkOf: 'other' },
    );
    expect(faultsOf(document, containerFields)).toEqual([]);
    expect(document).toMatchInlineSnapshot(`
      {
        "Credentials": "{"CmsPlugins":[]}",
        "DNSSearchList": "a.test,b.test",
        "HostName": "5e0055c814a6",
        "HvPartition": true,
        "HvRuntime": {
          "ImagePath": "C:\\caisson\\layers\\65bf96\\UtilityVM",
        },
        "IgnoreFlushesDuringBoot": true,
        "LayerFolderPath": "C:\\caisson\\layers\\5e0055",
        "Layers": [
          {
            "ID": "18955d65-d45a-557b-bf1c-49d6dfefc526",
            "Path": "C:\\caisson\\layers\\65bf96",
          },
        ],
        "MappedDirectories": [
          {
            "ContainerPath": "D:",
            "HostPath": "C:\\data",
            "ReadOnly": false,
          },
          {
            "ContainerPath": "C:\\in",
            "HostPath": "\\\\server\\share",
            "ReadOnly": true,
          },
        ],
        "MappedPipes": [
          {
            "ContainerPipeName": "engine",
            "HostPath": "\\\\.\\pipe\\docker_engine",
          },
        ],
        "MemoryMaximumInMB": 1536,
        "Name": "5e0055c814a6",
        "NetworkSharedContainerName": "other",
        "Owner": "caisson",
        "ProcessorCount": 2,
        "ProcessorMaximum": 7500,
        "SystemType": "Container",
      }
    `);
  });

  it.each([
    [{ ...context, volumePath: 'C:\\' }, /no volume/],
    [{ ...hyperv, utilityVm: undefined }, /no layer of the image has a utility VM/],
    [{ ...context, layers: [] }, /base layer/],
  ])('are refused where a part is missing', (wrong, message) => {
    expect(() => containerDocument(spec, wrong as ContainerContext)).toThrow(message);
  });

  it.each([
    ['a tmpfs', { type: 'tmpfs', source: 'tmpfs', destination: 'C:\\t', options: [] }, /tmpfs/],
    ['a pipe on one side', { type: 'npipe', source: String.raw`\\.\pipe\x`, destination: 'C:\\x', options: [] }, /both sides/],
    ['a relative source', { type: 'bind', source: 'data', destination: 'C:\\x', options: [] }, /absolute path/],
    ['a target of Linux', { type: 'bind', source: 'C:\\x', destination: '/x', options: [] }, /not an absolute path of Windows/],
    ['the system drive', { type: 'bind', source: 'C:\\x', destination: 'C:\\', options: [] }, /drive C:/],
  ])('%s is refused as a mount', (_, mount, message) => {
    expect(() => containerDocument({ ...spec, mounts: [mount] }, context)).toThrow(message);
  });
});

describe('documents of processes', () => {
  it('have pipes always, and the drive as working directory', () => {
    const document = processDocument(process);
    expect(faultsOf(document, processFields)).toEqual([]);
    expect(document).toEqual({ CommandLine: 'cmd /C "echo hi"', WorkingDirectory: 'C:\\', Environment: { Path: 'C:\\Windows', A: '1' }, EmulateConsole: false, CreateStdInPipe: true, CreateStdOutPipe: true, CreateStdErrPipe: true });
  });

  it('of a terminal have one output, and rows before columns', () => {
    const document = processDocument({ ...process, terminal: true, terminalSize: { columns: 120, rows: 40 }, user: 'ContainerAdministrator', cwd: 'C:/app' });
    expect(faultsOf(document, processFields)).toEqual([]);
    expect(document).toMatchObject({ EmulateConsole: true, CreateStdErrPipe: false, ConsoleSize: [40, 120], User: 'ContainerAdministrator', WorkingDirectory: 'C:\\app' });
  });

  it('take variables without regard to case, the last one', () => {
    expect(processDocument({ ...process, env: ['PATH=1', 'a=2', 'Path=3', '=C:=C:\\x'] }).Environment).toEqual({ a: '2', Path: '3', '=C:': 'C:\\x' });
  });

  it.each([
    [{ env: ['X'] }, /NAME|invalid environment/],
    [{ user: '1000' }, /by name/],
    [{ user: 'a:b' }, /group/],
    [{ cwd: 'relative' }, /absolute/],
    [{ args: [] }, /no command/],
    [{ args: ['a\0b'] }, /NUL/],
    [{ args: ['x'.repeat(40_000)] }, /32766/],
  ])('are refused for %j', (wrong, message) => {
    expect(() => processDocument({ ...process, ...wrong })).toThrow(message);
  });
});
