export { openEngine, type OpenOptions } from './engine/open.js';
export type * from '@caisson/core';

/**
 * For the program of an ordinary user, before it does anything else: goes on as the same program in the user's own namespace, where it can run
 * containers. Quietly nothing for root, and where it is there already. @throws CaissonError `missing-dependency`, `denied`
 */
export async function enterUserNamespace(): Promise<void> {
  if (process.platform !== 'linux' || process.getuid?.() === 0) return;
  const { enterUserNamespace: enter } = await import('@caisson/runtime-linux');
  await enter(process.execPath, [...process.execArgv, ...process.argv.slice(1)]);
}
