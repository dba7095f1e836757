import { CaissonError, isCaissonError, type SourceRange } from '@caisson/core';
import { DockerfileError, type Problem } from '@caisson/dockerfile';

/** The fault of a Dockerfile as the error that users of the engine know. */
export function problemError(problem: Problem, file: string): CaissonError {
  return new CaissonError('invalid-content', problem.message, {
    range: { ...problem.range, file },
    ...(problem.hint === undefined ? {} : { hint: problem.hint }),
    details: { problem: problem.code },
  });
}

/** Gives an error the place in the Dockerfile that it has to do with, where it has none. */
export function withRange(error: unknown, range: SourceRange): unknown {
  if (error instanceof DockerfileError) {
    return new CaissonError('invalid-content', error.message, { cause: error, range: { ...range, ...error.range }, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  }
  if (!isCaissonError(error) || error.range || error.code === 'cancelled') return error;
  return new CaissonError(error.code, error.message, {
    range,
    ...('cause' in error ? { cause: error.cause } : {}),
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.details === undefined ? {} : { details: error.details }),
  });
}
