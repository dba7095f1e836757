import { CaissonError, displayPath, type RawPath } from '@caisson/core';

/** A path in a Windows layer, clean, with backslashes: `Files\Windows\notepad.exe`. */
export interface LayerPath {
  readonly area: 'Files' | 'Hives' | 'UtilityVM';
  readonly path: string;
  /** An alternate data stream of it. */
  readonly stream?: string;
}

const areas = ['Files', 'Hives', 'UtilityVM'] as const;
const devices = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?$/i;

/**
 * Checks a path of an archive: it must lie in one of a layer's three areas, and every name must be one that Windows takes as it is.
 * @throws CaissonError `invalid-content`
 */
export function layerPath(raw: RawPath): LayerPath {
  const text = Buffer.from(raw, 'latin1').toString('utf8').replace(/^\.\//, '').replace(/\/+$/, '');
  const names = text.split('/');
  const last = names.at(-1) ?? '';
  const colon = last.indexOf(':');
  const stream = colon > 0 ? last.slice(colon + 1) : undefined;
  if (colon > 0) names[names.length - 1] = last.slice(0, colon);
  const area = areas.find((known) => known === names[0]);
  if (area === undefined || text.length > 32_000) throw invalid(raw, 'is not in Files, Hives or UtilityVM');
  for (const name of names) if (!isName(name)) throw invalid(raw, 'has a name that Windows cannot keep');
  if (stream !== undefined && !/^[^:\\/\0]{1,255}$/.test(stream)) throw invalid(raw, 'has an impossible stream');
  return { area, path: names.join('\\'), ...(stream === undefined ? {} : { stream }) };
}

/** Whether Windows takes a name as it is: not for a device, a stream, or another name. */
export function isName(name: string): boolean {
  // A dot or space at the end is dropped by Windows: it would be another file.
  const forbidden = /[\\:*?"<>|]/.test(name) || Buffer.from(name).some((byte) => byte < 32);
  return name !== '' && name !== '.' && name !== '..' && !forbidden && !/[. ]$/.test(name) && !devices.test(name) && name.length <= 255;
}

function invalid(raw: RawPath, why: string): CaissonError {
  return new CaissonError('invalid-content', `the layer has the path ${displayPath(raw)}, which ${why}`);
}
