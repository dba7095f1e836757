import type { DescribedCommand } from './reference.js';

/** All of it as one page for man(1), in its macros. */
export function manPage(program: DescribedCommand, commands: readonly DescribedCommand[], version: string): string {
  const lines = [`.TH CAISSON 1 "" "caisson ${escape(version)}" "User Commands"`, '.SH NAME', `caisson \\- ${escape(program.description.replace(/\.$/, ''))}`, '.SH SYNOPSIS', `.B ${escape(program.usage)}`, '.SH OPTIONS', ...options(program), '.SH COMMANDS'];
  for (const command of commands)
    lines.push(`.SS caisson ${escape(command.path)}`, escape(command.description), '.PP', `.B ${escape(command.usage)}`, ...command.args.filter(({ description }) => description !== '').flatMap(({ name, description }) => ['.TP', `.I ${escape(name)}`, escape(description)]), ...options(command), ...notes(command.notes));
  lines.push(
    '.SH ENVIRONMENT',
    ...environment.flatMap(([name, text]) => ['.TP', `.B ${name}`, escape(text)]),
    '.SH FILES',
    ...[
      ['/var/lib/caisson', 'images, containers and volumes (of an ordinary user: $XDG_DATA_HOME/caisson)'],
      ['/run/caisson', 'the state of running containers'],
      ['~/.docker/config.json', 'credentials, current context and formats, shared with docker'],
      ['~/.docker/contexts', 'contexts, shared with docker'],
    ].flatMap(([path = '', text = '']) => ['.TP', `.I ${escape(path)}`, escape(text)]),
  );
  return `${lines.join('\n')}\n`;
}

const environment: readonly (readonly [string, string])[] = [
  ['CAISSON_ROOT', 'where images, containers and volumes are kept'],
  ['CAISSON_RUN_ROOT', 'where the state of running containers is kept'],
  ['DOCKER_HOST', 'the host to work with'],
  ['DOCKER_CONTEXT', 'the context to work with'],
  ['DOCKER_CERT_PATH', 'folder of ca.pem, cert.pem and key.pem'],
  ['DOCKER_TLS_VERIFY', 'speak TLS with tcp:// hosts, and have them prove who they are'],
  ['DOCKER_API_VERSION', 'version of the API to speak without asking'],
  ['DOCKER_CONFIG', "folder of docker's settings"],
  ['NO_COLOR', 'print without colours'],
  ['CAISSON_DEBUG', 'tell more of failures'],
];

function options({ options: all }: DescribedCommand): string[] {
  return all.flatMap(({ flags, description }) => ['.TP', `.B ${escape(flags)}`, escape(description)]);
}

function notes(text: string): string[] {
  return text === '' ? [] : ['.PP', '.nf', ...text.split('\n').map(escape), '.fi'];
}

/** A line that begins with a dot or an apostrophe is a request; dashes and backslashes mean something too. */
function escape(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll('\n', ' ').replace(/^([.'])/, '\\&$1');
}
