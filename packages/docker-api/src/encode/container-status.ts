import type { ContainerRecord, ContainerSummary } from '@caisson/core';
import type { ContainerStateBody, ContainerStateName, HealthState } from '../types/container.js';
import { humanDuration, rfc3339 } from './times.js';

/** What it takes to name a container's state: a record, or one of a list. */
export type WithState = Pick<ContainerSummary, 'status' | 'statusText'> & { readonly state: ContainerSummary['state'] & Pick<Partial<ContainerRecord['state']>, 'restartAt'> };

/** docker's word for the state. One that its restart policy is about to start again is `restarting`. */
export function stateName({ status, state }: WithState): ContainerStateName {
  return status === 'exited' && state.restartAt !== undefined ? 'restarting' : status;
}

export function encodeState(container: ContainerRecord): ContainerStateBody {
  const { status, state } = container;
  const name = stateName(container);
  return {
    Status: name,
    Running: status === 'running' || status === 'paused' || name === 'restarting',
    Paused: status === 'paused',
    Restarting: name === 'restarting',
    OOMKilled: state.oomKilled,
    Dead: false,
    Pid: state.pid,
    ExitCode: state.exitCode,
    Error: state.error ?? '',
    StartedAt: rfc3339(state.startedAt),
    FinishedAt: rfc3339(state.finishedAt),
    ...(state.health ? { Health: encodeHealth(state.health) } : {}),
  };
}

function encodeHealth({ status, failingStreak, log }: NonNullable<ContainerRecord['state']['health']>): HealthState {
  return { Status: status, FailingStreak: failingStreak, Log: log.map(({ start, end, exitCode, output }) => ({ Start: start, End: end, ExitCode: exitCode, Output: output })) };
}

/** «Up 3 minutes (healthy)», «Exited (1) 2 hours ago», as docker's list has it. */
export function statusText({ status, state, statusText: told }: WithState, now = Date.now()): string {
  if (told !== undefined) return told;
  const since = (time: string | undefined) => humanDuration(now - Date.parse(time ?? ''));
  switch (status) {
    case 'running':
      return `Up ${since(state.startedAt)}${state.health ? ` (${state.health.status === 'starting' ? 'health: starting' : state.health.status})` : ''}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'exited':
      return `${state.restartAt === undefined ? 'Exited' : 'Restarting'} (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
  }
}
