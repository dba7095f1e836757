import { CaissonError, isCaissonError } from '@caisson/core';

/** What a transport failure means: worth another try, one that says that nobody is there, or neither. */
export type FaultKind = 'temporary' | 'absent' | 'tls-authority' | 'not-tls' | 'tls' | 'cancelled' | 'other';

const temporary = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETDOWN',
  'UND_ERR_SOCKET',
  'UND_ERR_CONNECT_TIMEOUT',
  'UND_ERR_HEADERS_TIMEOUT',
  'UND_ERR_BODY_TIMEOUT',
  'UND_ERR_RES_CONTENT_LENGTH_MISMATCH',
  'UND_ERR_CLOSED',
]);

export function faultKind(error: unknown, signal?: AbortSignal): FaultKind {
  if (signal?.aborted) return 'cancelled';
  const code = faultCode(error);
  if (code === undefined) return 'other';
  if (code === 'ECONNREFUSED' || code === 'ENOTFOUND') return 'absent';
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER' || code === 'ERR_SSL_PACKET_LENGTH_TOO_LONG' || code === 'EPROTO') return 'not-tls';
  if (/^(?:UNABLE_TO_|DEPTH_ZERO_SELF|SELF_SIGNED)/.test(code)) return 'tls-authority';
  if (/^(?:CERT_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH)/.test(code)) return 'tls';
  return temporary.has(code) || code.startsWith('HPE_') ? 'temporary' : 'other';
}

/** The errno, OpenSSL or undici code of an error, or of what it wraps (several addresses tried give an AggregateError). */
function faultCode(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if (error instanceof AggregateError && error.errors.length > 0) return faultCode(error.errors[0]);
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : faultCode(error.cause);
}

/** True for what may go well when tried again. */
export function isTemporary(error: unknown): boolean {
  if (isCaissonError(error)) return error.details?.temporary === true;
  return faultKind(error) === 'temporary';
}

/** The milliseconds that a registry's refusal asks to wait. */
export function retryAfterOf(error: unknown): number | undefined {
  const value = isCaissonError(error) ? error.details?.retryAfter : undefined;
  return typeof value === 'number' ? value : undefined;
}

/** Turns what undici or the network threw into a CaissonError that names the host. */
export function toFault(error: unknown, host: string, doing: string, signal?: AbortSignal): CaissonError {
  if (isCaissonError(error)) return error;
  const kind = faultKind(error, signal);
  const code = faultCode(error) ?? '';
  const temporary = kind === 'temporary';
  const details = { host, code, temporary, absent: kind === 'absent' };
  switch (kind) {
    case 'cancelled':
      return new CaissonError('cancelled', `${doing}: cancelled`, { cause: signal?.reason ?? error });
    case 'absent':
      return new CaissonError('unavailable', `${doing}: ${code === 'ENOTFOUND' ? `there is no host ${host}` : `nothing answers at ${host}`}`, {
        cause: error,
        details,
        hint: 'check the name of the registry, and that it runs',
      });
    case 'tls-authority':
    case 'tls':
      return new CaissonError('unavailable', `${doing}: the certificate of ${host} is not trusted (${words(error)})`, {
        cause: error,
        details,
        hint: `put the certificate authority in certs.d/${host}/ca.crt, or name the registry insecure`,
      });
    case 'not-tls':
      return new CaissonError('unavailable', `${doing}: ${host} does not speak TLS`, {
        cause: error,
        details,
        hint: 'configure the registry as plain HTTP if that is what it is',
      });
    case 'temporary':
    case 'other':
    default:
      return new CaissonError('unavailable', `${doing}: the connection to ${host} failed: ${words(error)}`, { cause: error, details });
  }
}

function words(error: unknown): string {
  const code = faultCode(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') return 'it fell silent';
  if (code === 'UND_ERR_CONNECT_TIMEOUT') return 'it did not answer in time';
  const text = error instanceof Error ? error.message || (code ?? error.name) : String(error);
  return text.replace(/[\p{Cc}\s]+/gu, ' ').slice(0, 200);
}
