import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import type { DaemonConfig } from '../daemon/settings.js';
import { collect } from '../flags/collect.js';

interface DaemonFlags {
  readonly host?: string[];
  readonly configFile?: string;
  readonly dataRoot?: string;
  readonly runRoot?: string;
  readonly group?: string;
  readonly pidfile?: string;
  readonly debug?: boolean;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
  readonly label?: string[];
  readonly registryMirror?: string[];
  readonly insecureRegistry?: string[];
  readonly shutdownTimeout?: string;
  readonly exitWhenIdle?: string;
  readonly allowAnyoneToBeRoot?: boolean;
}

export default defineCommand<DaemonFlags>({
  configure(command) {
    command
      .option('-H, --host <address>', 'where to listen: unix://, tcp://, fd://; may be given several times', collect)
      .option('--config-file <file>', 'settings, as in docker’s daemon.json (default: /etc/caisson/daemon.json)')
      .option('--data-root <dir>', 'where images, containers and volumes are kept')
      .option('--run-root <dir>', 'where the state of running containers is kept')
      .option('-G, --group <name>', 'group whose members may use the unix socket')
      .option('-p, --pidfile <file>', 'write the process ID into a file')
      .option('-D, --debug', 'say more about failures')
      .option('--tls', 'serve tcp over TLS')
      .option('--tlsverify', 'serve tcp over TLS to clients with a certificate of our authority')
      .option('--tlscacert <file>', 'certificate authority of clients')
      .option('--tlscert <file>', 'our certificate')
      .option('--tlskey <file>', 'its key')
      .option('--label <key=value>', 'label of this host, shown by info', collect)
      .option('--registry-mirror <url>', 'mirror of docker.io', collect)
      .option('--insecure-registry <host>', 'registry without a certificate that can be checked', collect)
      .option('--shutdown-timeout <seconds>', 'how long requests may go on at the end')
      .option('--exit-when-idle <seconds>', 'end after this long without a request')
      .option('--allow-anyone-to-be-root', 'serve tcp without asking for certificates: whoever connects is root on this host')
      .addHelpText(
        'after',
        '\nContainers do not depend on the daemon: they go on when it ends. HUP reads the settings anew.\n\nExamples:\n  caisson daemon --host unix:///run/caisson/docker.sock --group docker\n  caisson daemon --host tcp://0.0.0.0:2376 --tlsverify --tlscacert ca.pem --tlscert cert.pem --tlskey key.pem\n  DOCKER_HOST=unix:///run/caisson/docker.sock docker ps\n',
      );
  },
  async run(cli, _args, flags) {
    const { runDaemon } = await import('../daemon/run-daemon.js');
    await runDaemon({
      flags: configOf(flags),
      configFile: flags.configFile,
      allowAnyone: flags.allowAnyoneToBeRoot ?? false,
      exitWhenIdle: flags.exitWhenIdle === undefined ? undefined : seconds('--exit-when-idle', flags.exitWhenIdle),
      globals: cli.globals,
      print: (line) => cli.print(line),
    });
  },
});

function configOf(flags: DaemonFlags): DaemonConfig {
  const said: { readonly [K in keyof DaemonConfig]: DaemonConfig[K] | undefined } = {
    hosts: flags.host,
    'data-root': flags.dataRoot,
    'run-root': flags.runRoot,
    group: flags.group,
    pidfile: flags.pidfile,
    debug: flags.debug,
    tls: flags.tls,
    tlsverify: flags.tlsverify,
    tlscacert: flags.tlscacert,
    tlscert: flags.tlscert,
    tlskey: flags.tlskey,
    labels: flags.label,
    'registry-mirrors': flags.registryMirror,
    'insecure-registries': flags.insecureRegistry,
    'shutdown-timeout': flags.shutdownTimeout === undefined ? undefined : seconds('--shutdown-timeout', flags.shutdownTimeout),
  };
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)) as DaemonConfig;
}

function seconds(flag: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 86_400) throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text.slice(0, 60))} is no number of seconds up to a day`);
  return value;
}
