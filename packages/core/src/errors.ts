/**
 * What went wrong, in words that stay the same across versions. Callers branch on these, never on messages.
 * docker-api maps each to an HTTP status, the command line to an exit code.
 */
export type ErrorCode =
  | 'invalid-argument' // the caller's value is malformed
  | 'invalid-content' // data from outside breaks its format: archive, manifest, config, Dockerfile
  | 'digest-mismatch' // content is not what its digest or size promised
  | 'limit-exceeded' // content is larger, deeper or more numerous than the limit that was set
  | 'not-found'
  | 'already-exists'
  | 'in-use' // a name, port, image or volume is held by something else
  | 'unauthorized' // no or wrong credentials
  | 'denied' // credentials are fine, the answer is no
  | 'unsupported' // this backend, host or version cannot do it
  | 'unavailable' // the other side does not answer, or says «later»
  | 'missing-dependency' // a program or kernel feature of the host is not there
  | 'no-space'
  | 'read-only'
  | 'build-failed'
  | 'runtime-failed' // the OCI runtime or monitor refused or died
  | 'cancelled'
  | 'corrupt' // our own state on disk is damaged
  | 'internal';

/** Where in a text file a fault lies. Lines and columns count from 1, columns in UTF-16 units; offsets from 0. */
export interface SourceRange {
  readonly file?: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

export interface SourcePosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface CaissonErrorOptions {
  readonly cause?: unknown;
  /** One sentence that tells the user what to do about it. */
  readonly hint?: string;
  readonly range?: SourceRange;
  /** Machine-readable facts (a port, a name, a digest), free of secrets. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/**
 * The one error type of every Caisson package. `message` is a single line without a trailing full stop; `code` is stable;
 * the original failure stays as `cause`. Credentials in URLs and authorization headers are redacted on construction.
 */
export class CaissonError extends Error {
  override readonly name = 'CaissonError';
  readonly code: ErrorCode;
  readonly hint?: string;
  readonly range?: SourceRange;
  readonly details?: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: CaissonErrorOptions = {}) {
    super(redact(message), 'cause' in options ? { cause: options.cause } : undefined);
    this.code = code;
    if (options.hint !== undefined) this.hint = redact(options.hint);
    if (options.range !== undefined) this.range = options.range;
    if (options.details !== undefined) this.details = options.details;
  }
}

/** True for a CaissonError, also one from another copy of this package; with codes, only for one of these. */
export function isCaissonError(error: unknown, ...codes: ErrorCode[]): error is CaissonError {
  if (!(error instanceof Error) || error.name !== 'CaissonError' || !('code' in error)) return false;
  return codes.length === 0 || codes.includes(error.code as ErrorCode);
}

/** Takes user-info out of URLs, and the values of authorization headers and signature-like query parameters out of any text. */
export function redact(text: string): string {
  return text
    .replace(/([a-z][a-z0-9+.-]*:\/\/)[^\s/@]+@/gi, '$1')
    .replace(/\b(basic|bearer)\s+[A-Za-z0-9+/=._~-]{8,}/gi, '$1 <redacted>')
    .replace(/([?&](?:[a-z-]*(?:token|signature|credential|secret|password|sig))=)[^&\s"']+/gi, '$1<redacted>');
}

/**
 * Wraps what a file system call threw, with the path and what was being done; known errno become their own codes. `target` is the folder that was
 * written to, where that is of the user's choosing and not the data root: a full disk is said to be there.
 */
export function fromSystemError(error: unknown, doing: string, target?: string): CaissonError {
  if (isCaissonError(error)) return error;
  const errno = systemCode(error);
  const options = { cause: error };
  switch (errno) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new CaissonError('no-space', `no space left on the disk while ${doing}`, {
        ...options,
        hint: target === undefined ? 'free some space, or put the data root on a larger disk with --data-root' : `free some space for ${target}, or write to a folder on another disk`,
      });
    case 'EROFS':
      return new CaissonError('read-only', `the file system is read-only: cannot go on ${doing}`, options);
    case 'EACCES':
    case 'EPERM':
      return new CaissonError('denied', `permission denied while ${doing}`, options);
    case 'ENOENT':
      return new CaissonError('not-found', `no such file or directory while ${doing}`, options);
    default:
      return new CaissonError('internal', `failed while ${doing}: ${error instanceof Error ? error.message : String(error)}`, options);
  }
}

/** The errno name (`ENOENT`, …) of a Node system error, or undefined. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
