import { beforeAll, describe, expect, it } from 'vitest';
import { runUnderWine, whyNoWine } from './wine.js';

/**
 * Declares the cases of a suite that runs under Wine: it is run once, and each case is then what it said. A case that does not apply is
 * shown as skipped, with the reason in its name.
 */
export function wineSuite(suite: string, title: string, names: readonly string[], notApplicable: ReadonlyMap<string, string> = new Map()): void {
  const why = whyNoWine();
  describe(`${title} on a simulated host${why === undefined ? '' : ` (not run: ${why})`}`, () => {
    let ran: Awaited<ReturnType<typeof runUnderWine>>;
    beforeAll(async () => {
      if (why === undefined) ran = await runUnderWine(suite);
    }, 920_000);

    for (const name of names) {
      const reason = notApplicable.get(name);
      it.skipIf(why !== undefined || reason !== undefined)(reason === undefined ? name : `${name} — does not apply: ${reason}`, () => {
        const result = ran.results.get(name);
        expect(result, ran.said).toBeDefined();
        expect(result?.error).toBeUndefined();
      });
    }

    it.skipIf(why !== undefined)('does nothing that the host compute service would not take', () => {
      expect(ran.violations).toBe('');
    });
  });
}
