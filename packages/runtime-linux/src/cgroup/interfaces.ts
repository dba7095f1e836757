import { readlinkSync } from 'node:fs';
import { systemCode, type InterfaceStats } from '@caisson/core';
import { readIfThere } from '../container/folder.js';

/** The counters of the network namespace that a process lives in; none where that is our own, whose interfaces are not the container's. */
export function interfaceStats(pid: number): Record<string, InterfaceStats> {
  try {
    if (readlinkSync(`/proc/${pid}/ns/net`) === readlinkSync('/proc/self/ns/net')) return {};
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH') return {};
    throw error;
  }
  return parseInterfaces(readIfThere(`/proc/${pid}/net/dev`) ?? '');
}

/** /proc/net/dev (proc(5)): two lines of titles, then a name and sixteen counters in each. */
export function parseInterfaces(text: string): Record<string, InterfaceStats> {
  const found: Record<string, InterfaceStats> = {};
  for (const line of text.split('\n').slice(2)) {
    const [name = '', values = ''] = line.split(/:(.*)/s);
    const [receivedBytes = 0, receivedPackets = 0, receiveErrors = 0, receiveDropped = 0, , , , , sentBytes = 0, sentPackets = 0, sendErrors = 0, sendDropped = 0] = values.trim().split(/\s+/).map(Number);
    if (name.trim() === '' || name.trim() === 'lo') continue;
    found[name.trim()] = { receivedBytes, receivedPackets, receiveErrors, receiveDropped, sentBytes, sentPackets, sendErrors, sendDropped };
  }
  return found;
}
