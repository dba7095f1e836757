import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { cliPath, Sandbox } from './support.js';

const TUN = '/dev/net/tun';

/** What a host lacks for the tests of ordinary users; undefined where it has all. */
export function lacking(): string | undefined {
  if (process.getuid?.() !== 0) return 'only root can make a user';
  const program = ['useradd', 'setpriv', 'newuidmap', 'slirp4netns', 'conmon', 'runc'].find((name) => spawnSync('sh', ['-c', `PATH=$PATH:/usr/sbin command -v ${name}`]).status !== 0);
  if (program !== undefined) return `${program} is not installed`;
  const readable = [process.execPath, cliPath].every((path) => spawnSync('setpriv', ['--reuid', 'nobody', '--clear-groups', 'test', '-r', path]).status === 0);
  return readable ? undefined : 'an ordinary user cannot read Node or this folder';
}

/** A user made for the test, and removed with all that it has. */
export class OrdinaryUser implements Disposable {
  readonly name = `cstest${process.pid}`;
  readonly uid: number;
  readonly gid: number;

  constructor() {
    execFileSync('useradd', ['--create-home', '--shell', '/bin/sh', this.name]);
    const id = (flag: string) => Number(execFileSync('id', [flag, this.name], { encoding: 'utf8' }));
    this.uid = id('-u');
    this.gid = id('-g');
    const first = 700_000 + (this.uid % 10_000) * 65_536;
    const range = `${first}-${first + 65_535}`;
    if (!readFileSync('/etc/subuid', 'utf8').includes(`${this.name}:`)) execFileSync('usermod', ['--add-subuids', range, '--add-subgids', range, this.name]);
    // Distributions let everybody open it; bare virtual machines may not. It stays so: another test may have a user who needs it.
    const mode = statSync(TUN, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o006) !== 0o006) chmodSync(TUN, 0o666);
  }

  /** What makes a command the user's. */
  get launcher(): [string, ...string[]] {
    return ['setpriv', '--reuid', this.name, '--regid', this.name, '--init-groups'];
  }

  /** Names of the programs that the user runs. */
  programs(): string[] {
    return this.#processes().map((pid) => (readFileSync(`/proc/${pid}/stat`, 'latin1').split(/[()]/)[1] ?? ''));
  }

  #processes(): number[] {
    return readdirSync('/proc').flatMap((name) => {
      try {
        // Those of the user's containers are of the user's further IDs; they end with their first process, which is root's, and so the user's.
        return /^\d+$/.test(name) && lstatSync(`/proc/${name}`).uid === this.uid && !/\) Z /.test(readFileSync(`/proc/${name}/stat`, 'latin1')) ? [Number(name)] : [];
      } catch {
        return [];
      }
    });
  }

  [Symbol.dispose](): void {
    for (const pid of this.#processes()) process.kill(pid, 'SIGKILL');
    spawnSync('userdel', ['--remove', this.name]);
  }
}

/** A sandbox whose commands are an ordinary user's. */
export class UserSandbox extends Sandbox {
  protected override readonly launcher: readonly [string, ...string[]];

  /** @param before what root runs that then runs the user's command, which it is given as arguments */
  constructor(user: OrdinaryUser, before: readonly string[] = []) {
    super();
    const [first, ...rest] = [...before, ...user.launcher, process.execPath, cliPath];
    this.launcher = [first ?? '', ...rest];
    for (const name of ['PATH', 'NODE_OPTIONS', 'SUDO_UID']) delete this.env[name];
    Object.assign(this.env, { PATH: '/usr/local/bin:/usr/bin:/bin', USER: user.name, LOGNAME: user.name, XDG_RUNTIME_DIR: this.path('xdg'), XDG_CACHE_HOME: this.path('home/.cache') });
    this.write('xdg/.keep', '');
    this.write('src/.keep', '');
    for (const path of ['', 'home', 'xdg', 'src']) chownSync(this.path(path), user.uid, user.gid);
    chmodSync(this.path('xdg'), 0o700);
    chmodSync(this.folder, 0o755);
  }
}
