import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { cliPath, freePort, untilTrue, type Sandbox } from './support.js';

const sshd = '/usr/sbin/sshd';
const systemPath = `${dirname(process.execPath)}:/usr/sbin:/usr/bin:/sbin:/bin`;

export function sshdInstalled(): boolean {
  return spawnSync(sshd, ['-V'], { stdio: 'ignore' }).error === undefined && spawnSync('ssh', ['-V'], { stdio: 'ignore' }).error === undefined;
}

/**
 * OpenSSH's server on a loopback port, with a host key, a user's key and settings of its own. Those who log in find Caisson on the data root
 * of the sandbox `there`, and no other engine. The sandbox `here` gets an `ssh` before the one of its PATH: the same program with settings of
 * its own in the place of ~/.ssh/config, which ssh looks for in the home folder of the password file, not in $HOME.
 */
export class SshServer {
  readonly port: number;
  readonly #there: Sandbox;
  readonly #here: Sandbox;
  #log = '';
  #child: ChildProcess | undefined;

  private constructor(there: Sandbox, here: Sandbox, port: number) {
    this.#there = there;
    this.#here = here;
    this.port = port;
  }

  static async start(there: Sandbox, here: Sandbox): Promise<SshServer> {
    const server = new SshServer(there, here, await freePort());
    for (const name of ['host', 'user', 'stranger', 'other-host']) server.#key(name);
    const publicKey = (name: string) => readFileSync(here.path(`ssh/${name}.pub`), 'utf8');
    there.write('ssh/authorized_keys', publicKey('user'), 0o600);
    here.write('ssh/known_hosts', `[127.0.0.1]:${server.port} ${publicKey('host')}`);
    here.write('ssh/wrong_hosts', `[127.0.0.1]:${server.port} ${publicKey('other-host')}`);
    here.write('ssh/no_hosts', '');
    server.client();
    server.#offerCaisson();
    await server.#listen();
    return server;
  }

  /** As docker writes it. */
  get host(): string {
    return `ssh://root@127.0.0.1:${this.port}`;
  }

  /** Settings of ssh for what follows. */
  client({ key = 'user', knownHosts = 'known_hosts' }: { readonly key?: 'user' | 'stranger'; readonly knownHosts?: 'known_hosts' | 'wrong_hosts' | 'no_hosts' } = {}): void {
    const path = (name: string) => this.#here.path('ssh', name);
    const settings = { IdentityFile: path(key), IdentitiesOnly: 'yes', IdentityAgent: 'none', UserKnownHostsFile: path(knownHosts), GlobalKnownHostsFile: '/dev/null', StrictHostKeyChecking: 'yes', BatchMode: 'yes' };
    const config = this.#here.write('ssh/config', Object.entries(settings).map(([name, value]) => `${name} ${value}\n`).join(''));
    this.#here.write('here/ssh', `#!/bin/sh\nexec /usr/bin/ssh -F ${config} "$@"\n`, 0o755);
    this.#here.env.PATH = `${this.#here.path('here')}:${systemPath}`;
  }

  /** Ends it, and the engine that was started for those who logged in, which would wait for more of them. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
    for (const pid of this.#engines()) process.kill(pid, 'SIGTERM');
    await untilTrue(() => this.#engines().length === 0);
  }

  /** Process IDs of what serves on the root over there. */
  #engines(): number[] {
    const processes = spawnSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' }).stdout.split('\n');
    return processes.filter((line) => line.includes(`unix://${this.#there.path('run/shared.sock')}`)).map((line) => Number.parseInt(line, 10));
  }

  #key(name: string): void {
    mkdirSync(this.#here.path('ssh'), { recursive: true });
    const { status, stderr } = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', this.#here.path('ssh', name)], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`ssh-keygen ended with ${status}: ${stderr}`);
  }

  /** All that is on the PATH over there: a shell, and Caisson by its own name. */
  #offerCaisson(): void {
    this.#there.write('there/sh', '#!/bin/sh\nexec /bin/sh "$@"\n', 0o755);
    this.#there.write('there/caisson', `#!/bin/sh\nPATH=${systemPath}\nexport PATH\nexec ${process.execPath} ${cliPath} "$@"\n`, 0o755);
  }

  async #listen(): Promise<void> {
    const { env } = this.#there;
    const path = (name: string) => this.#there.path('ssh', name);
    // A temporary folder is below one that everybody may write to, which StrictModes takes offence at.
    const settings = { ListenAddress: `127.0.0.1:${this.port}`, HostKey: this.#here.path('ssh/host'), AuthorizedKeysFile: path('authorized_keys'), PidFile: 'none', StrictModes: 'no', UsePAM: 'no', PermitRootLogin: 'prohibit-password', PasswordAuthentication: 'no', KbdInteractiveAuthentication: 'no', MaxStartups: 100 };
    const given = { PATH: this.#there.path('there'), CAISSON_ROOT: env.CAISSON_ROOT, CAISSON_RUN_ROOT: env.CAISSON_RUN_ROOT, XDG_CACHE_HOME: env.XDG_CACHE_HOME };
    const lines = [...Object.entries(settings).map(([name, value]) => `${name} ${value}`), `SetEnv ${Object.entries(given).map(([name, value]) => `${name}=${value}`).join(' ')}`];
    mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
    const child = spawn(sshd, ['-D', '-e', '-f', this.#there.write('ssh/sshd_config', `${lines.join('\n')}\n`)], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#log += text));
    await untilTrue(() => {
      if (child.exitCode !== null) return true;
      return answers(this.port);
    });
    if (child.exitCode !== null) throw new Error(`sshd ended with ${child.exitCode}:\n${this.#log}`);
  }
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
