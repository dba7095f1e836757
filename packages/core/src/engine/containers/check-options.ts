import { isIP } from 'node:net';
import { constants } from 'node:os';
import { CaissonError } from '../../errors.js';
import type { Resources } from '../../runtime/runtime.js';
import { checkCpus } from './check-cpus.js';
import type { ContainerOptions } from './options.js';

/** Refuses values that no backend would take, before anything is made. @throws CaissonError `invalid-argument` */
export function checkOptions({ dns = [], extraHosts = [], labels = {}, stopSignal, resources = {}, utsMode, hostname, domainname }: ContainerOptions): void {
  const server = dns.find((address) => isIP(address) === 0);
  if (server !== undefined) bad(`the name server ${JSON.stringify(server)} is not an IP address`);
  const host = extraHosts.find((entry) => !isHost(entry));
  if (host !== undefined) bad(`the further host ${JSON.stringify(host)} is not valid`, 'write NAME:ADDRESS, or NAME:host-gateway for this host');
  if ('' in labels) bad(`the label ${JSON.stringify(`=${labels['']}`)} has no name`, 'write NAME=VALUE');
  if (stopSignal !== undefined && !isSignal(stopSignal)) bad(`unknown signal: ${JSON.stringify(stopSignal.slice(0, 40))}`);
  if (utsMode === 'host' && hostname !== undefined && hostname !== '') bad("a container that shares the host's UTS namespace has the host's name", 'leave out --hostname, or --uts host');
  const long = [hostname, domainname].find((name = '') => Buffer.byteLength(name) > 64);
  if (long !== undefined) bad(`the host or domain name ${JSON.stringify(long.slice(0, 80))} is longer than 64 bytes`);
  checkCpus(resources);
  checkLimits(resources);
  const adjustment = resources.oomScoreAdj ?? 0;
  if (!(adjustment >= -1000 && adjustment <= 1000)) bad(`the adjustment of the OOM score is between -1000 and 1000, not ${adjustment}`);
}

/** What the kernel would refuse in its own words when the container is started. */
function checkLimits({ memory = 0, memoryReservation = 0, memorySwap = 0, cpuPeriod = 0, cpuQuota = 0 }: Resources): void {
  if (memory > 0 && memoryReservation > memory) bad('the soft limit of memory is above the limit');
  if (memorySwap > 0 && memory <= 0) bad('a limit of memory and swap together needs one of memory alone', 'add --memory');
  if (cpuPeriod !== 0 && (cpuPeriod < 1000 || cpuPeriod > 1_000_000)) bad(`a CPU period is between 1000 and 1000000 microseconds, not ${cpuPeriod}`);
  if (cpuQuota > 0 && cpuQuota < 1000) bad(`a CPU quota is at least 1000 microseconds, not ${cpuQuota}`);
}

function bad(message: string, hint?: string): never {
  throw new CaissonError('invalid-argument', message, hint === undefined ? {} : { hint });
}

/** `name:address`, as docker's API has it; an IPv6 address may be in brackets. */
function isHost(entry: string): boolean {
  const [, name = '', address = ''] = /^([^:\s]+):\[?([^\]]*)\]?$/.exec(entry) ?? [];
  return name !== '' && (address === 'host-gateway' || isIP(address) !== 0);
}

/** Of Linux, by number or name, or a console event of Windows. */
function isSignal(text: string): boolean {
  if (/^\d+$/.test(text)) return Number(text) >= 1 && Number(text) <= 64;
  const name = text.toUpperCase().replace(/^SIG/, '');
  return `SIG${name}` in constants.signals || /^RT(?:MIN|MAX)(?:[+-]\d{1,2})?$/.test(name) || name.startsWith('CTRL');
}
