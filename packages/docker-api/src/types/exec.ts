import type { ConsoleSize } from './host-config.js';

/** `POST /containers/{id}/exec` */
export interface ExecCreateRequest {
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly ConsoleSize?: ConsoleSize | null;
  readonly DetachKeys?: string;
  readonly Tty?: boolean;
  /** `NAME=value` */
  readonly Env?: readonly string[] | null;
  readonly Cmd?: readonly string[] | null;
  readonly Privileged?: boolean;
  readonly User?: string;
  readonly WorkingDir?: string;
}

/** `POST /exec/{id}/start` */
export interface ExecStartRequest {
  readonly Detach?: boolean;
  readonly Tty?: boolean;
  readonly ConsoleSize?: ConsoleSize | null;
}

/** `GET /exec/{id}/json` */
export interface ExecInspect {
  readonly ID: string;
  readonly Running: boolean;
  /** Null until it has exited. */
  readonly ExitCode: number | null;
  readonly ProcessConfig: {
    readonly tty: boolean;
    readonly entrypoint: string;
    readonly arguments: readonly string[];
    readonly privileged: boolean;
    readonly user?: string;
  };
  readonly OpenStdin: boolean;
  readonly OpenStderr: boolean;
  readonly OpenStdout: boolean;
  readonly CanRemove: boolean;
  readonly ContainerID: string;
  readonly DetachKeys: string;
  readonly Pid: number;
}

/** What creating something answers. */
export interface IdResponse {
  readonly Id: string;
}
