/** A path as node:fs takes it. */
export type FsPath = string | Buffer;

/**
 * The system calls on files that Node lacks. Unpacking and diffing use them where they are given and do without where not: devices are
 * then made by mknod(1), xattrs left out with a note, and times kept to the microsecond. All are synchronous, follow no symbolic
 * link in the last part of the path, and throw errors with an errno name as `code`, like those of node:fs.
 */
export interface Syscalls {
  /** mknod(2); `mode` holds the type (`S_IFCHR`, `S_IFBLK`, `S_IFIFO`) and the permissions, which the umask narrows. */
  mknod(path: FsPath, mode: number, major: number, minor: number): void;
  /** utimensat(2) with AT_SYMLINK_NOFOLLOW: sets both times, to seconds since 1970 and nanoseconds on top. */
  utimens(path: FsPath, seconds: number, ns: number): void;
  /** Names of all xattrs, as binary strings. */
  llistxattr(path: FsPath): string[];
  /** Undefined where there is none of that name (ENODATA). */
  lgetxattr(path: FsPath, name: string): Uint8Array | undefined;
  lsetxattr(path: FsPath, name: string, value: Uint8Array): void;
  lremovexattr(path: FsPath, name: string): void;
}
