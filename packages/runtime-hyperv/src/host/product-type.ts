import { loadLibrary } from '../win32/koffi.js';
import { libraryPaths } from '../win32/library-paths.js';

const VER_PRODUCT_TYPE = 0x80;
const VER_EQUAL = 1;
const VER_NT_WORKSTATION = 1;
/** Bytes of OSVERSIONINFOEXW, and where in it wProductType is. */
const size = 284;
const productType = 282;

/** Whether this is Windows Server: anything but a workstation, as `VerifyVersionInfo` tells. */
export function isServer(): boolean {
  const kernel32 = loadLibrary(libraryPaths().kernel32);
  const mask = kernel32.func('uint64_t VerSetConditionMask(uint64_t mask, uint32_t type, uint8_t condition)');
  const verify = kernel32.func('int VerifyVersionInfoW(uint8_t *info, uint32_t type, uint64_t mask)');
  const info = Buffer.alloc(size);
  info.writeUInt32LE(size, 0);
  info.writeUInt8(VER_NT_WORKSTATION, productType);
  return Number(verify(info, VER_PRODUCT_TYPE, mask(0, VER_PRODUCT_TYPE, VER_EQUAL))) === 0;
}

const HKEY_LOCAL_MACHINE = 0x80000002n;
const RRF_RT_REG_SZ = 2;

/** A text value below HKEY_LOCAL_MACHINE. */
export function readRegistry(advapi32: ReturnType<typeof loadLibrary>, key: string, name: string): string | undefined {
  const get = advapi32.func('uint32_t RegGetValueW(uint64_t root, str16 key, str16 name, uint32_t flags, _Out_ uint32_t *type, uint8_t *data, _Inout_ uint32_t *size)');
  const length: [number | bigint] = [0];
  if (Number(get(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, [0], null, length)) !== 0) return undefined;
  const data = Buffer.alloc(Number(length[0]));
  if (Number(get(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, [0], data, [data.length])) !== 0) return undefined;
  return data.toString('utf16le').split('\0', 1)[0];
}
