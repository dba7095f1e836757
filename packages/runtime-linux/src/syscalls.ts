import { closeSync, constants, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { getSystemErrorName } from 'node:util';
import type * as KoffiModule from 'koffi';
import { addressBytes } from './network/address-bytes.js';
import { NetworkThread } from './network/network-thread.js';
import { rootlessUser } from './rootless/state.js';

type Koffi = typeof KoffiModule;
type KoffiFunction = ReturnType<ReturnType<Koffi['load']>['func']>;
type Path = string | Buffer;

/** Flags of mount(2). */
export const MS = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8, REMOUNT: 32, BIND: 4096, REC: 16384, PRIVATE: 1 << 18, SLAVE: 1 << 19, SHARED: 1 << 20 } as const;
export const MNT_DETACH = 2;
/** Flags of openat2(2)'s `resolve`. */
export const RESOLVE_IN_ROOT = 0x10;
export const RESOLVE_NO_MAGICLINKS = 0x02;
/** Flags of open(2) that node:fs does not name. */
export const O_PATH = 0o10000000;
export const O_CLOEXEC = 0o2000000;

const AF_UNIX = 1;
const SOCK_STREAM = 1;
const SOCK_SEQPACKET = 5;
const SOCK_NONBLOCK = 0o4000;
const SOCK_CLOEXEC = 0o2000000;
const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AF_NETLINK = 16;
const SOCK_RAW = 3;
const NETLINK_ROUTE = 0;
const CLONE_NEWNET = 0x40000000;
const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_DGRAM = 2;
const SOL_SOCKET = 1;
const SO_REUSEADDR = 2;
const SO_REUSEPORT = 15;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;
const SYS_open_tree = 428;
const SYS_move_mount = 429;
const SYS_mount_setattr = 442;
const OPEN_TREE_CLONE = 1;
const MOVE_MOUNT_F_EMPTY_PATH = 4;
const AT_EMPTY_PATH = 0x1000;
const MOUNT_ATTR_IDMAP = 0x00100000n;
const SYS_pidfd_open = 434;
const SYS_openat2 = 437;
const AT_RECURSIVE = 0x8000;

/**
 * The system calls that Node lacks, through koffi. All are synchronous and quick; each throws an error with an errno name as `code`,
 * like those of node:fs. koffi takes about ten milliseconds to load: `loadSyscalls` does so once, when it is first called, and is best called
 * while another process is at work.
 */
export class LinuxSyscalls {
  readonly #koffi: Koffi;
  readonly #libc: ReturnType<Koffi['load']>;
  readonly #functions = new Map<string, KoffiFunction>();
  #thread: NetworkThread | undefined;

  constructor(koffi: Koffi) {
    this.#koffi = koffi;
    this.#libc = koffi.load(null);
  }

  #function(prototype: string): KoffiFunction {
    let found = this.#functions.get(prototype);
    if (!found) this.#functions.set(prototype, (found = this.#libc.func(prototype)));
    return found;
  }

  /** @throws Error with `code` and `errno`, when the result is negative. */
  #call(prototype: string, what: string, ...values: unknown[]): number {
    const result = Number(this.#function(prototype)(...values));
    if (result < 0) throw systemError(this.#koffi.errno(), what);
    return result;
  }

  mount(source: string, target: string, type: string | null, flags: number, data: string | null): void {
    this.#call('int mount(const char *, const char *, const char *, unsigned long, const char *)', `mount ${target}`, source, target, type, flags, data);
  }

  umount(target: string, flags = 0): void {
    this.#call('int umount2(const char *, int)', `umount ${target}`, target, flags);
  }

  /** Binds `source` to `target`, its files with the owners that a user namespace, open as `namespace`, maps theirs to (mount_setattr(2)). */
  mountMapped(source: string, target: string, namespace: number): void {
    const tree = this.#call('long syscall(long, int, const char *, unsigned int)', `open_tree ${source}`, SYS_open_tree, AT_FDCWD, source, OPEN_TREE_CLONE | O_CLOEXEC);
    try {
      const attributes = new BigUint64Array([MOUNT_ATTR_IDMAP, 0n, 0n, BigInt(namespace)]);
      this.#call('long syscall(long, int, const char *, unsigned int, const uint64_t *, size_t)', `mount_setattr ${source}`, SYS_mount_setattr, tree, '', AT_EMPTY_PATH, attributes, attributes.byteLength);
      this.#call('long syscall(long, int, const char *, int, const char *, unsigned int)', `move_mount ${target}`, SYS_move_mount, tree, '', AT_FDCWD, target, MOVE_MOUNT_F_EMPTY_PATH);
    } finally {
      this.close(tree);
    }
  }

  mkfifo(path: string, mode: number): void {
    this.#call('int mkfifo(const char *, uint32_t)', `mkfifo ${path}`, path, mode);
  }

  /** mknod(2); `mode` holds the type and the permissions. */
  mknod(path: Path, mode: number, major: number, minor: number): void {
    // The kernel's own encoding of a device number, as glibc's makedev(3) makes it.
    const device = (BigInt(major & ~0xfff) << 32n) | BigInt((major & 0xfff) << 8) | (BigInt(minor & ~0xff) << 12n) | BigInt(minor & 0xff);
    this.#call('int mknod(const uint8_t *, uint32_t, uint64_t)', 'mknod', bytes(path), mode, device);
  }

  utimens(path: Path, seconds: number, ns: number): void {
    const times = new BigInt64Array([BigInt(seconds), BigInt(ns), BigInt(seconds), BigInt(ns)]);
    this.#call('int utimensat(int, const uint8_t *, const int64_t *, int)', 'utimensat', AT_FDCWD, bytes(path), times, AT_SYMLINK_NOFOLLOW);
  }

  llistxattr(path: Path): string[] {
    const prototype = 'long llistxattr(const uint8_t *, uint8_t *, size_t)';
    const buffer = Buffer.allocUnsafe(65536);
    const size = this.#call(prototype, 'llistxattr', bytes(path), buffer, buffer.length);
    return buffer.toString('latin1', 0, size).split('\0').slice(0, -1);
  }

  lgetxattr(path: Path, name: string): Uint8Array | undefined {
    const buffer = Buffer.allocUnsafe(65536);
    try {
      const size = this.#call('long lgetxattr(const uint8_t *, const uint8_t *, uint8_t *, size_t)', 'lgetxattr', bytes(path), Buffer.from(`${name}\0`, 'latin1'), buffer, buffer.length);
      return Uint8Array.prototype.slice.call(buffer, 0, size);
    } catch (error) {
      if (error instanceof Error && 'code' in error && (error.code === 'ENODATA' || error.code === 'EOPNOTSUPP')) return undefined;
      throw error;
    }
  }

  lsetxattr(path: Path, name: string, value: Uint8Array): void {
    this.#call('int lsetxattr(const uint8_t *, const uint8_t *, const uint8_t *, size_t, int)', 'lsetxattr', bytes(path), Buffer.from(`${name}\0`, 'latin1'), value, value.length, 0);
  }

  lremovexattr(path: Path, name: string): void {
    this.#call('int lremovexattr(const uint8_t *, const uint8_t *)', 'lremovexattr', bytes(path), Buffer.from(`${name}\0`, 'latin1'));
  }

  /** A unix socket that is not connected: a stream one to begin with, whose number dup3 gives another file. */
  unixSocket(): number {
    return this.#call('int socket(int, int, int)', 'socket', AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  }

  /** Connects to a SOCK_SEQPACKET socket. The path's length is the kernel's limit of 107 bytes. */
  connectSeqpacket(path: string): number {
    const fd = this.#call('int socket(int, int, int)', 'socket', AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    const address = Buffer.alloc(110);
    address.writeUInt16LE(AF_UNIX, 0);
    address.write(path, 2, 107, 'utf8');
    try {
      this.#call('int connect(int, const uint8_t *, uint32_t)', `connect ${path}`, fd, address, address.length);
    } catch (error) {
      this.close(fd);
      throw error;
    }
    return fd;
  }

  dup3(from: number, to: number): void {
    this.#call('int dup3(int, int, int)', 'dup3', from, to, O_CLOEXEC);
  }

  close(fd: number): void {
    this.#call('int close(int)', 'close', fd);
  }

  /** Ends the reading side of a socket: what has arrived can still be read, and then there is the end. */
  shutdownRead(fd: number): void {
    this.#call('int shutdown(int, int)', 'shutdown', fd, 0);
  }

  /** A descriptor that becomes readable when the process ends. @throws ESRCH */
  pidfdOpen(pid: number): number {
    return this.#call('long syscall(long, int, uint32_t)', 'pidfd_open', SYS_pidfd_open, pid, 0);
  }

  /** Opens `path` as a process whose root folder is `root` would: links and `..` never lead out of it (openat2(2)). */
  openInRoot(root: number, path: string, flags: number): number {
    const how = new BigUint64Array([BigInt(flags | O_CLOEXEC), 0n, BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS)]);
    return this.#call('long syscall(long, int, const char *, const uint64_t *, size_t)', `open ${path}`, SYS_openat2, root, path, how, 24);
  }

  /** A copy of what is mounted at `path` and below, in no mount namespace: it lives as long as the descriptor (open_tree(2), since Linux 5.2). */
  copyOfMounts(path: string): number {
    return this.#call('long syscall(long, int, const char *, uint32_t)', `open_tree ${path}`, SYS_open_tree, AT_FDCWD, path, OPEN_TREE_CLONE | AT_RECURSIVE | O_CLOEXEC);
  }

  /** A new network namespace, by its descriptor. */
  newNetwork(): number {
    return this.#inNetwork(-1, () => openSync('/proc/thread-self/ns/net', constants.O_RDONLY), (thread) => thread.open(-1, '/proc/thread-self/ns/net', constants.O_RDONLY));
  }

  /** A socket for rtnetlink(7), in the network namespace that is open as `namespace`; absent: in that of this process. */
  routeSocket(namespace?: number): number {
    const make = () => this.#call('int socket(int, int, int)', 'socket', AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    return namespace === undefined ? make() : this.#inNetwork(namespace, make, (thread) => thread.routeSocket(namespace));
  }

  /** Opens a file of /proc/sys/net as it is for a network namespace. */
  openInNetwork(namespace: number, path: string, flags: number): number {
    return this.#inNetwork(namespace, () => openSync(path, flags), (thread) => thread.open(namespace, path, flags));
  }

  /**
   * Opens something with this thread in a network namespace (-1: a new one), and brings it back; where it could not come back, with a
   * thread for such things.
   */
  #inNetwork(namespace: number, here: () => number, there: (thread: NetworkThread) => number): number {
    if (rootlessUser() !== undefined) {
      const result = there((this.#thread ??= new NetworkThread()));
      if (result < 0) throw systemError(-result, 'setns');
      return result;
    }
    const own = openSync('/proc/thread-self/ns/net', constants.O_RDONLY);
    try {
      if (namespace < 0) this.#call('int unshare(int)', 'unshare', CLONE_NEWNET);
      else this.#call('int setns(int, int)', 'setns', namespace, CLONE_NEWNET);
      try {
        return here();
      } finally {
        this.#call('int setns(int, int)', 'setns', own, CLONE_NEWNET);
      }
    } finally {
      closeSync(own);
    }
  }

  /**
   * A socket that has the port of an address. It does not listen: whoever connects is refused, and nobody else can listen there either. Others may
   * have the port beside it that ask for it in the same way.
   */
  boundSocket(protocol: 'tcp' | 'udp', address: string, port: number): number {
    const six = address.includes(':');
    const fd = this.#call('int socket(int, int, int)', 'socket', six ? AF_INET6 : AF_INET, (protocol === 'tcp' ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0);
    try {
      const set = (level: number, option: number, value = 1) => this.#call('int setsockopt(int, int, int, const uint8_t *, uint32_t)', 'setsockopt', fd, level, option, Buffer.from([value, 0, 0, 0]), 4);
      // That a connection of before is not quite over does not matter; but without listening, nobody would be kept away who says the same.
      if (protocol === 'tcp') set(SOL_SOCKET, SO_REUSEADDR);
      set(SOL_SOCKET, SO_REUSEPORT);
      if (six) set(IPPROTO_IPV6, IPV6_V6ONLY);
      const where = socketAddress(address, port);
      this.#call('int bind(int, const uint8_t *, uint32_t)', `bind ${address}:${port}`, fd, where, where.length);
      if (protocol === 'tcp') set(SOL_SOCKET, SO_REUSEADDR, 0);
      return fd;
    } catch (error) {
      this.close(fd);
      throw error;
    }
  }

  send(fd: number, data: Uint8Array): void {
    this.#call('long send(int, const uint8_t *, size_t, int)', 'send', fd, data, data.length, 0);
  }

  receive(fd: number, into: Uint8Array): number {
    return this.#call('long recv(int, uint8_t *, size_t, int)', 'recv', fd, into, into.length, 0);
  }
}

function bytes(path: Path): Buffer {
  return typeof path === 'string' ? Buffer.from(`${path}\0`) : Buffer.concat([path, Buffer.of(0)]);
}

/** As ip(7) and ipv6(7) have it. */
function socketAddress(address: string, port: number): Buffer {
  const host = addressBytes(address);
  const buffer = Buffer.alloc(host.length === 4 ? 16 : 28);
  buffer.writeUInt16LE(host.length === 4 ? AF_INET : AF_INET6, 0);
  buffer.writeUInt16BE(port, 2);
  buffer.set(host, host.length === 4 ? 4 : 8);
  return buffer;
}

function systemError(errno: number, what: string): NodeJS.ErrnoException {
  const code = getSystemErrorName(-errno);
  return Object.assign(new Error(`${code}: ${what}`), { code, errno: -errno, syscall: what.split(' ')[0] ?? what });
}

let loaded: LinuxSyscalls | undefined;

/** The one instance of this process. */
export function loadSyscalls(): LinuxSyscalls {
  return (loaded ??= new LinuxSyscalls(createRequire(import.meta.url)('koffi') as Koffi));
}
