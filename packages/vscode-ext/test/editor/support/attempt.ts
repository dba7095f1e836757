import { setTimeout as sleep } from 'node:timers/promises';

/** For each part of an action that is tried again: what does not come within it has been lost, on a slow machine too. */
export const brief = { timeout: 10_000 };

/** Asks until the answer is yes, or the time is over. An error while something is redrawn counts as no. */
export async function comes(asked: () => boolean | Promise<boolean>, milliseconds: number): Promise<boolean> {
  const end = Date.now() + milliseconds;
  for (;;) {
    if (await Promise.resolve().then(asked).catch(() => false)) return true;
    if (Date.now() > end) return false;
    await sleep(50);
  }
}

/**
 * Does something to a window until it has had its effect. A window loses clicks and keys: a row is redrawn under the pointer, an editor takes the
 * focus, a menu does not listen yet. Each time it waits twice as long, so that neither a quick nor a slow machine matters; what is done must come
 * to the same when it is done twice. An action that throws was not done.
 */
export async function attempt(what: string, action: () => Promise<unknown>, hasCome: () => boolean | Promise<boolean>, patience = 3000): Promise<void> {
  let cause: unknown;
  for (let tries = 0; tries < 6; tries++)
    try {
      await action();
      if (await comes(hasCome, patience * 2 ** Math.min(tries, 4))) return;
    } catch (error) {
      cause = error;
    }
  throw new Error(`${what}: tried again and again, in vain`, { cause });
}
