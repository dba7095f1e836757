import { isCaissonError } from '@caisson/core';
import type { SystemInfo } from '@caisson/docker-api/types';
import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand, type Cli } from '../cli.js';
import { systemInfo } from '../engine/host-documents.js';
import { enginePaths } from '../engine/paths.js';
import { reportError } from '../output/errors.js';
import { templateData } from '../output/template-data.js';
import { evaluate, parseTemplate, toJson } from '../template/index.js';
import { formatBinarySize } from '../output/units.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('-f, --format <format>', 'json, or a Go template: {{.ServerVersion}}').addHelpText('after', '\nExamples:\n  caisson info\n  caisson info -f "{{.CgroupVersion}} {{.Driver}}"\n');
  },
  async run(cli, _args, { format }) {
    const template = format === undefined || format === '' || format === 'json' ? undefined : parseTemplate(format);
    const client = { Debug: process.env.CAISSON_DEBUG !== undefined, Version: packageJson.version, Context: cli.remote?.context ?? 'default', Plugins: [], Warnings: null };
    let server: SystemInfo | undefined;
    const errors: string[] = [];
    try {
      server = await systemInfo(cli);
    } catch (error) {
      if (!isCaissonError(error)) throw error;
      if (format === undefined) reportError(error);
      errors.push(error.message);
    }
    const document = { ...server, ...(errors.length > 0 ? { ServerErrors: errors } : {}), ClientInfo: client };
    if (format === 'json') cli.print(toJson(document));
    else if (template) cli.print(evaluate(template, templateData(document)));
    else cli.print(describe(cli, client, server));
    return errors.length > 0 ? 1 : 0;
  },
});

function describe(cli: Cli, client: { Version: string; Context: string; Debug: boolean }, server: SystemInfo | undefined): string {
  const lines = [`Client:`, ` Version:    ${client.Version}`, ` Context:    ${client.Context}`, ` Debug Mode: ${client.Debug}`, ` Node:       ${process.version}`, '', 'Server:'];
  if (!server) return lines.join('\n');
  const yes = (available: boolean) => (available ? 'yes' : 'no');
  lines.push(
    ` Containers: ${server.Containers}`,
    `  Running: ${server.ContainersRunning}`,
    `  Paused: ${server.ContainersPaused}`,
    `  Stopped: ${server.ContainersStopped}`,
    ` Images: ${server.Images}`,
    ` Server Version: ${server.ServerVersion}`,
    ` Storage Driver: ${server.Driver}`,
    ...(server.DriverStatus ?? []).map(([name, value]) => `  ${name}: ${value}`),
    ` Logging Driver: ${server.LoggingDriver}`,
    ...(server.CgroupVersion ? [` Cgroup Driver: ${server.CgroupDriver}`, ` Cgroup Version: ${server.CgroupVersion}`] : []),
    ...(server.Isolation ? [` Default Isolation: ${server.Isolation}`] : []),
    ' Plugins:',
    ...Object.entries(server.Plugins ?? {}).flatMap(([kind, names]) => (names?.length ? [`  ${kind}: ${names.join(' ')}`] : [])),
    ` Swarm: ${server.Swarm?.LocalNodeState ?? 'inactive'}`,
    ` Runtimes: ${Object.keys(server.Runtimes ?? {}).join(' ')}`,
    ` Default Runtime: ${server.DefaultRuntime}`,
    ...(server.SecurityOptions?.length ? [' Security Options:', ...server.SecurityOptions.map((option) => `  ${option.replace(/^name=/, '')}`)] : []),
    ...(server.CgroupVersion ? [` Memory limits: ${yes(server.MemoryLimit)}, swap limits: ${yes(server.SwapLimit)}, process limits: ${yes(server.PidsLimit)}`] : []),
    ` Kernel Version: ${server.KernelVersion}`,
    ` Operating System: ${server.OperatingSystem}`,
    ` OSType: ${server.OSType}`,
    ` Architecture: ${server.Architecture}`,
    ` CPUs: ${server.NCPU}`,
    ` Total Memory: ${formatBinarySize(server.MemTotal)}`,
    ` Name: ${server.Name}`,
    ` ID: ${server.ID}`,
    ` Data Root Dir: ${server.DockerRootDir}`,
    ...(cli.remote ? [] : [` Run Root Dir: ${enginePaths(cli.globals).runRoot}`]),
    ...(server.RegistryConfig?.Mirrors?.length ? [' Registry Mirrors:', ...server.RegistryConfig.Mirrors.map((mirror) => `  ${mirror}`)] : []),
    ...(server.Warnings?.length ? ['', ...server.Warnings.map((warning) => `WARNING: ${warning.replace(/^WARNING: /, '')}`)] : []),
  );
  return lines.join('\n');
}
