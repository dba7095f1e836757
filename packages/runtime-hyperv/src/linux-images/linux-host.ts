import { CaissonError } from '@caisson/core';
import { dockerStrategies } from './docker-endpoint.js';
import type { Probe } from './probe.js';
import { wslcStrategy } from './wslc.js';

/** What can run Linux containers on this Windows host, in our place: WSL's own program, or an engine that speaks docker's API. */
export type LinuxHost = { readonly kind: 'wslc'; readonly program: string; readonly version: string } | { readonly kind: 'docker'; /** As DOCKER_HOST has it: `npipe:////./pipe/…`. */ readonly endpoint: string; readonly version: string };

/** One way that was tried. */
export type LinuxHostFinding = { readonly name: string } & ({ readonly host: LinuxHost } | { readonly reason: string });

/** Tries one way after the other, each on its own; tells of all what it found, or why it does not apply. */
export async function findLinuxHosts(probe: Probe): Promise<readonly LinuxHostFinding[]> {
  const findings: LinuxHostFinding[] = [];
  for (const strategy of [wslcStrategy, ...dockerStrategies(probe)]) {
    const { name } = strategy;
    const found = await strategy.find(probe).catch((error: unknown) => (error instanceof Error ? error.message : String(error)));
    findings.push(typeof found === 'string' ? { name, reason: found } : { name, host: found });
  }
  return findings;
}

/** The first that can. @throws CaissonError `missing-dependency` that says of each why it cannot */
export function chooseLinuxHost(findings: readonly LinuxHostFinding[], wanted = 'a Linux image'): LinuxHost {
  for (const finding of findings) if ('host' in finding) return finding.host;
  const reasons = findings.map((finding) => `${finding.name}: ${'reason' in finding ? finding.reason : ''}`);
  throw new CaissonError('missing-dependency', `${wanted} cannot be run here, since nothing on this host runs Linux containers (${reasons.join('; ')})`, {
    hint: 'install WSL 2.9.3 or later (wsl --update), or set DOCKER_HOST to an engine that runs Linux containers',
    details: { tried: findings },
  });
}
