import { CaissonError, type BuildRequest } from '@caisson/core';
import type { Dates } from './session.js';

/**
 * 1980-01-02T00:00:00Z. Equal inputs must give equal images on any day, so that times are fixed unless SOURCE_DATE_EPOCH says otherwise.
 * Not 1970: ZIP archives (jar, wheel) cannot hold times before 1980, and tools refuse to make them of such files; a day later, so
 * that it is 1980 in every time zone.
 */
export const fixedTime = 315_619_200;

/** @throws CaissonError `invalid-argument` for a SOURCE_DATE_EPOCH that is no number of seconds. */
export function buildDates(request: BuildRequest): Dates {
  const given = request.sourceDateEpoch ?? parseEpoch(request.buildArgs?.['SOURCE_DATE_EPOCH']);
  const files = given ?? fixedTime;
  return { files, latest: given, created: new Date(files * 1000).toISOString().replace('.000Z', 'Z') };
}

function parseEpoch(text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  // The last second of the year 9999, beyond which dates have no common form.
  if (/^\d{1,12}$/.test(text) && Number(text) <= 253_402_300_799) return Number(text);
  throw new CaissonError('invalid-argument', `SOURCE_DATE_EPOCH=${text.slice(0, 40)} is no number of seconds since 1970`);
}
