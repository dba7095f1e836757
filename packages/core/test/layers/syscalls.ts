import koffi from 'koffi';
import type { FsPath, Syscalls } from '../../src/layers/index.js';

const lib = koffi.load('libc.so.6');
const mknod = lib.func('int mknod(const uint8_t *path, uint32_t mode, uint64_t dev)');
const utimensat = lib.func('int utimensat(int dirfd, const uint8_t *path, const int64_t *times, int flags)');
const llistxattr = lib.func('int64_t llistxattr(const uint8_t *path, _Out_ uint8_t *list, uint64_t size)');
const lgetxattr = lib.func('int64_t lgetxattr(const uint8_t *path, const uint8_t *name, _Out_ uint8_t *value, uint64_t size)');
const lsetxattr = lib.func('int lsetxattr(const uint8_t *path, const uint8_t *name, const uint8_t *value, uint64_t size, int flags)');
const lremovexattr = lib.func('int lremovexattr(const uint8_t *path, const uint8_t *name)');

const errnoNames = new Map(Object.entries(koffi.os.errno).map(([name, number]) => [number, name]));

function text(value: FsPath): Buffer {
  return Buffer.concat([typeof value === 'string' ? Buffer.from(value, 'latin1') : value, Buffer.alloc(1)]);
}

function check(result: unknown, call: string): number {
  const number = Number(result);
  if (number >= 0) return number;
  const code = errnoNames.get(koffi.errno()) ?? 'EUNKNOWN';
  throw Object.assign(new Error(`${code}: ${call}`), { code });
}

/** The calls that @caisson/runtime-linux gives; here by hand, for these tests alone. */
export const syscalls: Syscalls = {
  mknod(path, mode, major, minor) {
    const dev = (BigInt(minor) & 0xffn) | ((BigInt(major) & 0xfffn) << 8n) | ((BigInt(minor) & ~0xffn) << 12n) | ((BigInt(major) & ~0xfffn) << 32n);
    check(mknod(text(path), mode, dev), 'mknod');
  },
  utimens(path, seconds, ns) {
    const times = new BigInt64Array([BigInt(seconds), BigInt(ns), BigInt(seconds), BigInt(ns)]);
    check(utimensat(-100, text(path), times, 0x100), 'utimensat');
  },
  llistxattr(path) {
    const list = Buffer.alloc(65536);
    const length = check(llistxattr(text(path), list, list.length), 'llistxattr');
    return list.toString('latin1', 0, length).split('\0').slice(0, -1);
  },
  lgetxattr(path, name) {
    const value = Buffer.alloc(65536);
    const result = Number(lgetxattr(text(path), text(name), value, value.length));
    if (result < 0 && koffi.errno() === koffi.os.errno['ENODATA']) return undefined;
    return value.subarray(0, check(result, 'lgetxattr'));
  },
  lsetxattr(path, name, value) {
    check(lsetxattr(text(path), text(name), value, value.length, 0), 'lsetxattr');
  },
  lremovexattr(path, name) {
    check(lremovexattr(text(path), text(name)), 'lremovexattr');
  },
};
