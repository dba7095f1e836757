import { isCaissonError } from '@caisson/core';
import { apiVersion, type SystemVersion } from '@caisson/docker-api/types';
import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand, type Cli } from '../cli.js';
import { systemVersion } from '../engine/host-documents.js';
import { reportError } from '../output/errors.js';
import { templateData } from '../output/template-data.js';
import { evaluate, parseTemplate, toJson } from '../template/index.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('-f, --format <format>', 'json, or a Go template: {{.Server.Version}}').addHelpText('after', '\nExamples:\n  caisson version\n  caisson version -f "{{.Server.Version}}"\n');
  },
  async run(cli, _args, { format }) {
    const template = format === undefined || format === '' || format === 'json' ? undefined : parseTemplate(format);
    let server: SystemVersion | undefined;
    let failure: unknown;
    try {
      server = await systemVersion(cli);
    } catch (error) {
      if (!isCaissonError(error)) throw error;
      failure = error;
    }
    const document = { Client: client(cli), Server: server ?? null };
    if (format === 'json') cli.print(toJson(document));
    else if (template) cli.print(evaluate(template, templateData(document)));
    else cli.print(text(document.Client, server));
    if (failure === undefined) return 0;
    reportError(failure);
    return 1;
  },
});

function client(cli: Cli) {
  const { version, arch } = process;
  return {
    Version: packageJson.version,
    ApiVersion: process.env.DOCKER_API_VERSION ?? apiVersion,
    DefaultAPIVersion: apiVersion,
    GitCommit: '',
    GoVersion: `node ${version}`,
    Os: process.platform === 'win32' ? 'windows' : process.platform,
    Arch: arch === 'x64' ? 'amd64' : arch,
    BuildTime: '',
    Context: cli.remote?.context ?? 'default',
  };
}

function text(own: ReturnType<typeof client>, server: SystemVersion | undefined): string {
  const lines = (margin: string, width: number, pairs: readonly (readonly [string, string])[]) => pairs.filter(([, value]) => value !== '').map(([name, value]) => `${margin}${`${name}:`.padEnd(width)}${value}`);
  return [
    'Client:',
    ...lines(' ', 19, [['Version', own.Version], ['API version', own.ApiVersion], ['Node version', process.version], ['OS/Arch', `${own.Os}/${own.Arch}`], ['Context', own.Context]]),
    ...(server
      ? [
          '',
          `Server: ${server.Platform?.Name ?? ''}`.trimEnd(),
          ' Engine:',
          ...lines('  ', 18, [['Version', server.Version], ['API version', `${server.ApiVersion} (minimum version ${server.MinAPIVersion})`], [server.GoVersion.startsWith('node ') ? 'Node version' : 'Go version', server.GoVersion.replace(/^node /, '')], ['Git commit', server.GitCommit], ['Built', server.BuildTime ?? ''], ['OS/Arch', `${server.Os}/${server.Arch}`]]),
          ...(server.Components ?? []).filter(({ Name }) => Name !== 'Engine').flatMap(({ Name, Version }) => [` ${Name}:`, ...lines('  ', 18, [['Version', Version.split('\n')[0] ?? '']])]),
        ]
      : []),
  ].join('\n');
}

