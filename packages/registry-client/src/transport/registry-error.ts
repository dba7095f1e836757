import { CaissonError, type ErrorCode } from '@caisson/core';

/** One entry of the `errors` of a registry's answer (distribution spec, «Error Codes»), its texts cut to a sane length. */
export interface RegistryErrorEntry {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
}

/** `details` of a CaissonError that stands for a registry's refusal. */
export interface RegistryErrorDetails {
  readonly status: number;
  readonly method: string;
  /** Without query and user-info. */
  readonly url: string;
  readonly errors: readonly RegistryErrorEntry[];
  /** True where another try may go well. */
  readonly temporary: boolean;
  /** Milliseconds that the registry asks to wait. */
  readonly retryAfter?: number;
}

const byCode: Readonly<Record<string, ErrorCode>> = {
  BLOB_UNKNOWN: 'not-found',
  MANIFEST_UNKNOWN: 'not-found',
  MANIFEST_BLOB_UNKNOWN: 'not-found',
  NAME_UNKNOWN: 'not-found',
  BLOB_UPLOAD_UNKNOWN: 'not-found',
  DIGEST_INVALID: 'digest-mismatch',
  SIZE_INVALID: 'digest-mismatch',
  MANIFEST_INVALID: 'invalid-content',
  MANIFEST_UNVERIFIED: 'invalid-content',
  NAME_INVALID: 'invalid-argument',
  TAG_INVALID: 'invalid-argument',
  PAGINATION_NUMBER_INVALID: 'invalid-argument',
  UNAUTHORIZED: 'unauthorized',
  DENIED: 'denied',
  UNSUPPORTED: 'unsupported',
  TOOMANYREQUESTS: 'unavailable',
};

export function isTemporaryStatus(status: number): boolean {
  return status === 408 || status === 429 || status === 500 || status === 502 || status === 503 || status === 504;
}

function codeFor(status: number, entries: readonly RegistryErrorEntry[]): ErrorCode {
  if (isTemporaryStatus(status)) return 'unavailable';
  if (status === 401) return 'unauthorized';
  const known = entries.map(({ code }) => byCode[code]).find((code) => code !== undefined);
  if (known !== undefined) return known;
  if (status === 403) return 'denied';
  if (status === 404) return 'not-found';
  if (status === 405 || status === 501) return 'unsupported';
  if (status === 413) return 'limit-exceeded';
  return status >= 500 ? 'unavailable' : 'invalid-argument';
}

export interface Refusal {
  readonly doing: string;
  readonly host: string;
  readonly method: string;
  readonly url: URL;
  readonly status: number;
  readonly body: Uint8Array;
  readonly hint?: string;
  readonly retryAfter?: number | undefined;
}

/** What an answer without a body means, as that to a HEAD is. */
const wordless: ReadonlyMap<number, string> = new Map([
  [401, 'authentication required'],
  [403, 'access denied'],
  [429, 'too many requests'],
]);

/** The one error for an answer that is not what was asked for: the registry's own words, the status and a URL free of secrets. */
export function registryError({ doing, host, method, url, status, body, hint, retryAfter }: Refusal): CaissonError {
  const errors = readEntries(body);
  const words = (errors.length > 0 ? errors.map(describe).join('; ') : plainText(body)) || (wordless.get(status) ?? '');
  const details: RegistryErrorDetails = { status, method, url: `${url.origin}${url.pathname}`, errors, temporary: isTemporaryStatus(status) };
  return new CaissonError(codeFor(status, errors), `${doing}: ${host} answered ${status}${words === '' ? '' : `: ${words}`}`, {
    details: { ...details, ...(retryAfter === undefined ? {} : { retryAfter }) },
    ...(hint === undefined ? {} : { hint }),
  });
}

/** Makes a text from elsewhere fit for one line. */
export function oneLine(text: string, length = 300): string {
  return text.replace(/[\p{Cc}\s]+/gu, ' ').trim().slice(0, length);
}

function describe({ code, message, detail }: RegistryErrorEntry): string {
  const text = message === '' ? code.toLowerCase() : message;
  return typeof detail === 'string' && detail !== '' && detail !== message ? `${text} (${detail})` : text;
}

function readEntries(body: Uint8Array): RegistryErrorEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(body));
  } catch {
    return [];
  }
  const list: unknown = typeof json === 'object' && json !== null && 'errors' in json ? json.errors : undefined;
  if (!Array.isArray(list)) return [];
  return list.slice(0, 5).flatMap((entry: unknown) => {
    if (typeof entry !== 'object' || entry === null) return [];
    const { code, message, detail } = entry as Record<string, unknown>;
    if (typeof code !== 'string' && typeof message !== 'string') return [];
    return [
      {
        code: oneLine(typeof code === 'string' ? code : '', 60),
        message: oneLine(typeof message === 'string' ? message : ''),
        ...(typeof detail === 'string' ? { detail: oneLine(detail) } : detail == null ? {} : { detail }),
      },
    ];
  });
}

/** The words of an answer that is no registry's: a proxy's line of text, but not its page of HTML. */
function plainText(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 2048));
  return text.trimStart().startsWith('<') || text.includes('\u0000') ? '' : oneLine(text, 200);
}
