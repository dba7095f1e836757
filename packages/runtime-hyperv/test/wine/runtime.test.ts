import { runtimeSuite } from '@caisson/core/testing';
import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderWine, whyNoWine } from '../support/wine.js';
import { notApplicable } from './not-applicable.js';

const why = whyNoWine();
const cases = runtimeSuite({ open: () => Promise.reject(new Error('runs under Wine')), spec: () => Promise.reject(new Error('runs under Wine')) }).map(({ name }) => name);

describe.each(['process', 'hyperv'])(`runtime with %s isolation on a simulated host${why === undefined ? '' : ` (not run: ${why})`}`, (isolation) => {
  let ran: Awaited<ReturnType<typeof runUnderWine>>;
  beforeAll(async () => {
    if (why === undefined) ran = await runUnderWine(isolation);
  }, 300_000);

  for (const name of cases)
    it.skipIf(why !== undefined || notApplicable.has(name))(notApplicable.has(name) ? `${name} — does not apply: ${notApplicable.get(name)}` : name, () => {
      const result = ran.results.get(name);
      expect(result, ran.said).toBeDefined();
      expect(result?.error).toBeUndefined();
    });

  it.skipIf(why !== undefined)('did nothing that the host compute service would not take', () => {
    expect(ran.violations).toBe('');
  });
});
