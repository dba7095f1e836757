import { randomUUID } from 'node:crypto';
import { bootId, isAlive, selfIdentity } from '@caisson/core';

/** A new name for something that lasts as long as this process at most: it tells whose it is. */
export function ownedName(): string {
  const { pid, started } = selfIdentity();
  return `build-${pid}-${started}-${randomUUID()}`;
}

/** Whether such a name's owner is gone. */
export function isLeftOver(name: string): boolean {
  const [, pid, started] = /^build-(\d+)-(\d+)-/.exec(name) ?? [];
  return pid !== undefined && !isAlive({ pid: Number(pid), started: Number(started), boot: bootId() });
}
