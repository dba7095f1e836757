import { CaissonError, isCaissonError, parsePlatform, type Platform } from '@caisson/core';

/** @throws CaissonError `invalid-argument` that names the flag */
export function parsePlatformFlag(text: string): Platform {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (!isCaissonError(error)) throw error;
    throw new CaissonError('invalid-argument', `--platform: ${error.message}`, { cause: error, hint: error.hint ?? 'write os/arch, such as linux/arm64' });
  }
}
