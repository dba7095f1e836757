import { checkDetachKeys as check } from '@caisson/core';
import { badRequest } from '../http/api-error.js';

/** @throws ApiError 400 where they are none, in docker's words */
export function checkDetachKeys(keys: string): string {
  try {
    check(keys);
  } catch {
    throw badRequest(`Invalid escape keys (${keys.slice(0, 60)}) provided`);
  }
  return keys;
}
