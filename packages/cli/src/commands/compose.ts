import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants, homedir } from 'node:os';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';

/** Where docker's packages and users put plugins of its command line. */
const pluginFolders = ['/usr/local/lib/docker/cli-plugins', '/usr/local/libexec/docker/cli-plugins', '/usr/lib/docker/cli-plugins', '/usr/libexec/docker/cli-plugins'];

export default defineCommand({
  configure(command) {
    command
      .passThroughOptions()
      .allowUnknownOption()
      .helpOption(false)
      .argument('[args...]', 'what compose is to do')
      .addHelpText('after', '\nHands over to the compose plugin of docker, or to docker-compose, with the host set. Without a daemon, one runs for as long as compose does.\n\nExamples:\n  caisson compose up -d\n  caisson compose -f other.yaml logs -f\n');
  },
  async run(cli, args) {
    const program = findCompose();
    if (!program)
      throw new CaissonError('missing-dependency', 'compose is not installed here', {
        hint: 'apt install docker-compose, or put the compose plugin (github.com/docker/compose/releases) into ~/.docker/cli-plugins/docker-compose',
      });
    if (cli.remote) return start(program, args, remoteVariables(cli));
    const { withDaemon } = await import('../engine/daemon-socket.js');
    return withDaemon(cli.globals, (socket) => start(program, args, { DOCKER_HOST: `unix://${socket}` }));
  },
});

type Program = [program: string, ...before: string[]];

function findCompose(): Program | undefined {
  const folders = [join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'cli-plugins'), ...pluginFolders];
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const plugin = folders.map((folder) => join(folder, `docker-compose${suffix}`)).find((path) => existsSync(path));
  // A plugin takes its own name first, as docker calls it.
  if (plugin !== undefined) return [plugin, 'compose'];
  return spawnSync('docker-compose', ['version', '--short'], { stdio: 'ignore' }).error ? undefined : ['docker-compose'];
}

function start([command, ...before]: Program, args: readonly string[], host: NodeJS.ProcessEnv): Promise<number> {
  const child = spawn(command, [...before, ...args], { stdio: 'inherit', env: { ...process.env, ...host } });
  // ctrl-c reaches both of us by the terminal: how it ends is for compose to say.
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(name);
    process.on(name, () => child.kill(name));
  }
  return new Promise<number>((resolve, reject) => {
    child.on('error', (cause) => reject(new CaissonError('missing-dependency', `${command} cannot be started: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => resolve(code ?? 128 + (signal ? constants.signals[signal] : 1)));
  });
}

/** The chosen host in compose's variables. */
function remoteVariables({ remote, globals: { tlsverify, tls } }: Cli): NodeJS.ProcessEnv {
  if (!remote) return {};
  if (remote.context !== 'default') return { DOCKER_CONTEXT: remote.context };
  return { DOCKER_HOST: remote.name, ...(tlsverify ? { DOCKER_TLS_VERIFY: '1' } : {}), ...(tls ? { DOCKER_TLS: '1' } : {}) };
}
