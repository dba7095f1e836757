import { runtimeSuite, type Case } from '@caisson/core/testing';
import type { Isolation } from '../../src/host/isolation.js';
import { notApplicable } from './not-applicable.js';
import { openRuntime, spec } from './simulated-host.js';

/** The conformance suite of core, with what does not apply to Windows left out. */
export function runtimeCases(isolation: Isolation): readonly Case[] {
  const host = { version: { major: 10, minor: 0, build: 20348, revision: 2227 }, server: true, hyperv: isolation === 'hyperv' };
  return runtimeSuite({ open: async () => openRuntime({ host }), spec: spec(isolation) }).filter(({ name }) => !notApplicable.has(name));
}
