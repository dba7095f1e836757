import type { RuntimeCapabilities } from '@caisson/core';
import { formatVersion } from './compatibility.js';
import { defaultIsolation } from './isolation.js';
import type { WindowsHost } from './windows-host.js';

/** What Windows containers can do on a host, and for what they cannot, why. */
export function capabilitiesOf(host: WindowsHost): RuntimeCapabilities {
  const first = defaultIsolation(host);
  return {
    isolation: host.hyperv ? (first === 'hyperv' ? ['hyperv', 'process'] : ['process', 'hyperv']) : ['process'],
    pause: host.hyperv ? { available: true } : { available: false, reason: 'only containers with Hyper-V isolation can be paused, and this host has no Hyper-V' },
    limits: { available: false, reason: 'CPU and memory of a Windows container are limited when it is created, and cannot be changed while it runs; processes are not counted' },
    stats: { available: true },
    terminal: { available: true },
    components: { windows: formatVersion(host.version), edition: host.server ? 'server' : 'client', isolation: first },
  };
}
