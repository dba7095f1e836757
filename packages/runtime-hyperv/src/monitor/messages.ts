import { CaissonError, type ErrorCode, type ExitStatus, type ProcessSpec, type RuntimeStatus } from '@caisson/core';

/** What a client asks of a monitor. */
export type MonitorRequest =
  | { readonly op: 'state' }
  | { readonly op: 'start' }
  | { readonly op: 'wait' }
  | { readonly op: 'attach'; readonly stdin: boolean }
  | { readonly op: 'exec'; readonly process: ProcessSpec; readonly detached: boolean }
  | { readonly op: 'kill'; readonly signal: string | number }
  | { readonly op: 'resize'; readonly columns: number; readonly rows: number }
  | { readonly op: 'pause' }
  | { readonly op: 'unpause' }
  | { readonly op: 'stats' }
  | { readonly op: 'processes' }
  | { readonly op: 'endpoint'; readonly action: 'Add' | 'Remove'; readonly endpointId: string }
  /** Held open by the caller of a supervised create; `release` on another connection, or its end, lets the monitor go. */
  | { readonly op: 'supervise' }
  | { readonly op: 'release' };

export type Authorized<T> = T & { readonly token: string };

export interface MonitorState {
  readonly status: RuntimeStatus;
  readonly pid: number;
}

/** An exit as it is kept and sent. */
export interface ExitRecord {
  readonly code: number;
  /** ISO 8601. */
  readonly at: string;
  readonly oomKilled: boolean;
}

export function exitRecord({ code, at, oomKilled }: ExitStatus): ExitRecord {
  return { code, at: at.toISOString(), oomKilled };
}

export function exitStatus({ code, at, oomKilled }: ExitRecord): ExitStatus {
  return { code, at: new Date(at), oomKilled };
}

/** An error on its way through a pipe. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export function errorRecord(error: unknown): ErrorRecord {
  if (!(error instanceof CaissonError)) return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, details } = error;
  return { code, message, ...(hint ? { hint } : {}), ...(details ? { details } : {}) };
}

export function toError({ code, message, hint, details }: ErrorRecord): CaissonError {
  return new CaissonError(code as ErrorCode, message, { ...(hint ? { hint } : {}), ...(details ? { details } : {}) });
}
