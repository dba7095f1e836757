import { isCaissonError, redact, type ErrorCode } from '@caisson/core';

/** A refusal in docker's own words and with its status code, for clients that read them. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;

  constructor(status: number, message: string, options: { cause?: unknown } = {}) {
    super(redact(message), options);
    this.status = status;
  }
}

export const badRequest = (message: string): ApiError => new ApiError(400, message);
export const notFound = (message: string): ApiError => new ApiError(404, message);
export const conflict = (message: string): ApiError => new ApiError(409, message);

const statuses: Readonly<Record<ErrorCode, number>> = {
  'invalid-argument': 400,
  'invalid-content': 400,
  'digest-mismatch': 500,
  'limit-exceeded': 400,
  'not-found': 404,
  'already-exists': 409,
  'in-use': 409,
  unauthorized: 401,
  denied: 403,
  unsupported: 501,
  unavailable: 503,
  'missing-dependency': 500,
  'no-space': 500,
  'read-only': 500,
  'build-failed': 500,
  'runtime-failed': 500,
  cancelled: 499,
  corrupt: 500,
  internal: 500,
};

/** Status and message of whatever was thrown. What is not ours is told in general terms only. */
export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (isCaissonError(error)) {
    // docker's clients tell these two apart from other failures of a start by words, and take their exit codes from them.
    const exitCode = error.details?.exitCode;
    if (exitCode === 127 || exitCode === 126) return new ApiError(400, withWords(error.message, exitCode === 127 ? 'executable file not found' : 'permission denied'), { cause: error });
    return new ApiError(statuses[error.code], error.hint === undefined ? error.message : `${error.message} (${error.hint})`, { cause: error });
  }
  return new ApiError(500, error instanceof Error ? error.message : 'internal error', { cause: error });
}

function withWords(message: string, words: string): string {
  return message.includes(words) ? message : `${message}: ${words}`;
}
