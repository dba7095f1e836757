import { isIP } from 'node:net';
import { constants } from 'node:os';
import { CaissonError } from '../../errors.js';
import { checkCpus } from './check-cpus.js';
import type { ContainerOptions } from './options.js';

/** Refuses values that no backend would take, before anything is made. @throws CaissonError `invalid-argument` */
export function checkOptions({ dns = [], extraHosts = [], labels = {}, stopSignal, resources }: ContainerOptions): void {
  const server = dns.find((address) => isIP(address) === 0);
  if (server !== undefined) bad(`the name server ${JSON.stringify(server)} is not an IP address`);
  const host = extraHosts.find((entry) => !isHost(entry));
  if (host !== undefined) bad(`the further host ${JSON.stringify(host)} is not valid`, 'write NAME:ADDRESS, or NAME:host-gateway for this host');
  if ('' in labels) bad(`the label ${JSON.stringify(`=${labels['']}`)} has no name`, 'write NAME=VALUE');
  if (stopSignal !== undefined && !isSignal(stopSignal)) bad(`unknown signal: ${JSON.stringify(stopSignal.slice(0, 40))}`);
  checkCpus(resources ?? {});
  const adjustment = resources?.oomScoreAdj ?? 0;
  if (!(adjustment >= -1000 && adjustment <= 1000)) bad(`the adjustment of the OOM score is between -1000 and 1000, not ${adjustment}`);
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
