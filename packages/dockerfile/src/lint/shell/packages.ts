import { hasFlag, operands, type ShellCommand, type ShellWord } from './command.js';

export type Manager = 'apt' | 'apk' | 'yum' | 'dnf' | 'zypper' | 'pip' | 'npm' | 'yarn' | 'pnpm' | 'gem' | 'go';

/** A package manager's call: what it does and to which packages. */
export interface PackageCall {
  readonly manager: Manager;
  readonly action: string;
  readonly packages: readonly ShellWord[];
  readonly command: ShellCommand;
}

interface Form {
  readonly manager: Manager;
  /** Flags whose next word is a value. */
  readonly valued: ReadonlySet<string>;
}

const rpm = new Set(['c', 'config', 'x', 'exclude', 'enablerepo', 'disablerepo', 'repo', 'repoid', 'releasever', 'setopt', 'installroot', 'forcearch']);
const npm = new Set(['registry', 'prefix', 'C', 'w', 'workspace', 'loglevel', 'cache', 'userconfig', 'tag', 'omit', 'include', 'filter']);
const forms: ReadonlyMap<string, Form> = new Map(Object.entries<Form>({
  'apt-get': { manager: 'apt', valued: new Set(['t', 'target-release', 'default-release', 'o', 'option', 'c', 'config-file', 'a', 'host-architecture']) },
  apt: { manager: 'apt', valued: new Set(['t', 'target-release', 'o', 'option', 'c', 'config-file']) },
  apk: { manager: 'apk', valued: new Set(['t', 'virtual', 'X', 'repository', 'p', 'root', 'arch', 'keys-dir', 'repositories-file', 'cache-dir', 'wait', 'progress-fd']) },
  yum: { manager: 'yum', valued: rpm },
  dnf: { manager: 'dnf', valued: rpm },
  dnf5: { manager: 'dnf', valued: rpm },
  microdnf: { manager: 'dnf', valued: rpm },
  zypper: { manager: 'zypper', valued: new Set(['r', 'repo', 'from', 'R', 'root', 'installroot', 't', 'type', 'D', 'reposd-dir', 'p', 'plus-repo']) },
  gem: { manager: 'gem', valued: new Set(['v', 'version', 'i', 'install-dir', 'n', 'bindir', 's', 'source', 'platform', 'P', 'trust-policy', 'p', 'http-proxy']) },
  npm: { manager: 'npm', valued: npm },
  yarn: { manager: 'yarn', valued: new Set([...npm, 'cwd', 'modules-folder', 'cache-folder', 'network-timeout']) },
  pnpm: { manager: 'pnpm', valued: new Set([...npm, 'dir', 'store-dir']) },
  go: { manager: 'go', valued: new Set(['ldflags', 'tags', 'o', 'mod', 'modfile', 'p', 'gcflags', 'asmflags', 'C', 'overlay', 'pkgdir', 'toolexec', 'buildmode', 'compiler']) },
}));
const pip: Form = { manager: 'pip', valued: new Set([
  'r', 'requirement', 'c', 'constraint', 'e', 'editable', 'i', 'index-url', 'extra-index-url', 'f', 'find-links', 'abi', 'b', 'build', 'implementation',
  'no-binary', 'only-binary', 'platform', 'prefix', 'progress-bar', 'proxy', 'python-version', 'root', 'src', 't', 'target', 'trusted-host', 'upgrade-strategy',
  'timeout', 'retries', 'cache-dir', 'cert', 'log', 'root-user-action', 'exists-action', 'config-settings', 'C', 'report',
]) };

/** pip by any of its names: pip, pip3.12, `python3 -m pip`. */
function pipCommand(command: ShellCommand): ShellCommand | undefined {
  if (command.name.charCodeAt(0) !== 112) return undefined;
  if (/^pip[0-9.]*$/.test(command.name)) return command;
  const [first, second] = command.args;
  return first?.value === '-m' && second?.value === 'pip' && /^python[0-9.]*$/.test(command.name) ? command.from('pip', 2) : undefined;
}

/** The name that a command is looked up by: `pip` for pip in all its forms. */
export function toolOf(command: ShellCommand): string {
  return pipCommand(command) ? 'pip' : command.name;
}

export function packageCall(command: ShellCommand): PackageCall | undefined {
  if (command.call === undefined) command.call = readCall(command) ?? null;
  return command.call ?? undefined;
}

function readCall(command: ShellCommand): PackageCall | undefined {
  let form = forms.get(command.name);
  let called: ShellCommand | undefined = command;
  if (!form) {
    called = pipCommand(command);
    if (!called) return undefined;
    form = pip;
  }
  const [action, ...packages] = operands(called, form.valued);
  return { manager: form.manager, action: action?.value ?? '', packages, command: called };
}

export function installs(command: ShellCommand, ...managers: readonly Manager[]): PackageCall | undefined {
  const call = packageCall(command);
  if (!call || (managers.length > 0 && !managers.includes(call.manager))) return undefined;
  const actions = installActions[call.manager];
  return actions.includes(call.action) ? call : undefined;
}

const installActions: Readonly<Record<Manager, readonly string[]>> = {
  apt: ['install'],
  apk: ['add'],
  yum: ['install', 'localinstall', 'groupinstall', 'reinstall'],
  dnf: ['install', 'groupinstall', 'reinstall'],
  zypper: ['install', 'in'],
  pip: ['install'],
  npm: ['install', 'i', 'add', 'ci', 'clean-install'],
  yarn: ['install', 'add', ''],
  pnpm: ['install', 'i', 'add'],
  gem: ['install', 'i'],
  go: ['install', 'get'],
};

/** `-y` in any of its forms. */
export function saysYes(command: ShellCommand): boolean {
  return hasFlag(command, 'y', 'yes', 'assume-yes', 'assumeyes', 'qq', 'non-interactive', 'n', 'no-confirm') || command.args.filter((arg) => arg.value === '-q' || arg.value === '--quiet').length > 1 || command.args.some((arg) => /^(?:-q=2|APT::Get::Assume-Yes=true)$/i.test(arg.value));
}

/** A path, an archive or a URL, which has its version in itself. */
export function isFile(name: string): boolean {
  return /[/\\]|^\.|\.(?:deb|rpm|apk|whl|tgz|gem|zip)$|\.tar\.\w+$/.test(name);
}

/** Nothing can be said of a word that a variable makes up. */
export function isVariable(name: string): boolean {
  return name.includes('$') || name.includes('`');
}
