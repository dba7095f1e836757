import type { NameKind } from './names.js';

const signals = ['SIGHUP', 'SIGINT', 'SIGKILL', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGSTOP', 'SIGCONT'];
const platforms = ['linux/amd64', 'linux/arm64', 'linux/arm/v7', 'linux/386', 'linux/ppc64le', 'linux/riscv64', 'linux/s390x', 'windows/amd64'];

/** Values of options: a list, or the kind of names. Nothing for those that take a file or free text. */
const values: Readonly<Record<string, readonly string[] | NameKind>> = {
  '--context': 'context',
  '--from': 'context',
  '--network': 'network',
  '--volumes-from': 'container',
  '--link': 'container',
  '--cache-from': 'image',
  '--platform': platforms,
  '--pull': ['always', 'missing', 'never'],
  '--restart': ['no', 'always', 'unless-stopped', 'on-failure'],
  '--signal': signals,
  '--stop-signal': signals,
  '--progress': ['auto', 'plain', 'tty', 'rawjson', 'quiet'],
  '--format': ['json', 'table'],
  '--type': ['container', 'image', 'network', 'volume'],
  '--log-level': ['debug', 'info', 'warn', 'error', 'fatal'],
  '--log-driver': ['json-file', 'local', 'journald', 'syslog', 'fluentd', 'gelf', 'none'],
  '--driver': ['bridge', 'macvlan', 'ipvlan'],
  '--compression': ['gzip', 'zstd', 'none'],
  '--pid': ['host'],
  '--uts': ['host'],
  '--ipc': ['private', 'shareable', 'host'],
  '--cgroupns': ['private', 'host'],
  '--attach': ['stdin', 'stdout', 'stderr'],
};

/** `command`: its name, where an option means different things. */
export function valuesOf(option: string, command: string): readonly string[] | NameKind {
  if (option === '--network' && command === 'build') return ['default', 'none', 'host'];
  return values[option] ?? [];
}
