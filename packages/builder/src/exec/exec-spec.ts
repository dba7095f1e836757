import type { StackedLayer } from '../host.js';
import type { CopySource } from '../copy/copy-plan.js';

/** One RUN with everything expanded. */
export interface ExecSpec {
  /** The shell in front where the Dockerfile leaves it to one. */
  readonly args: readonly string[];
  /** As in ProcessSpec. */
  readonly argsEscaped?: boolean;
  /** The stage is of Windows: nothing is laid over its files. */
  readonly windows?: boolean;
  readonly env: readonly string[];
  /** Variables that the step sees without their being a part of its cache key: proxies. */
  readonly passingEnv: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly network: 'default' | 'none' | 'host';
  readonly insecure: boolean;
  readonly mounts: readonly ExecMount[];
  readonly devices: readonly { readonly name: string; readonly required: boolean }[];
}

/** Targets are absolute. */
export type ExecMount =
  | { readonly kind: 'stage'; readonly target: string; readonly source: string; readonly readonly: boolean; readonly layers: readonly StackedLayer[]; readonly identity: string }
  | { readonly kind: 'context'; readonly target: string; readonly source: string; readonly readonly: boolean; readonly files: CopySource; readonly identity: string }
  | CacheMount
  | { readonly kind: 'tmpfs'; readonly target: string; readonly size: number | undefined }
  | SecretMount
  | SshMount
  /** A heredoc that is run by the interpreter it names. */
  | { readonly kind: 'script'; readonly target: string; readonly text: string };

export interface CacheMount {
  readonly kind: 'cache';
  readonly target: string;
  readonly id: string;
  readonly sharing: 'shared' | 'private' | 'locked';
  readonly readonly: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What a new cache begins with. */
  readonly seed?: { readonly layers: readonly StackedLayer[]; readonly source: string; readonly identity: string };
}

export interface SecretMount {
  readonly kind: 'secret';
  readonly id: string;
  /** Undefined where it is wanted as a variable only. */
  readonly target: string | undefined;
  readonly env: string | undefined;
  readonly required: boolean;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

export interface SshMount {
  readonly kind: 'ssh';
  readonly id: string;
  readonly target: string;
  readonly required: boolean;
  readonly uid: number;
  readonly gid: number;
}

/**
 * What of a mount decides on the step's result. What secrets and agents hold never does, nor what is in a cache. Which one it is
 * does, as in BuildKit, and that it is required: a step that was made without it is made anew, and fails.
 */
export function mountIdentity(mount: ExecMount): unknown {
  switch (mount.kind) {
    case 'stage':
    case 'context':
      return [mount.kind, mount.target, mount.source, mount.readonly, mount.identity];
    case 'cache':
      return ['cache', mount.target, mount.id, mount.readonly, mount.mode, mount.uid, mount.gid, mount.seed?.identity ?? ''];
    case 'tmpfs':
      return ['tmpfs', mount.target];
    case 'secret':
      return ['secret', mount.id, mount.target ?? '', mount.env ?? '', mount.mode, mount.uid, mount.gid, ...required(mount)];
    case 'ssh':
      return ['ssh', mount.id, mount.target, mount.uid, mount.gid, ...required(mount)];
    case 'script':
      return ['script', mount.target, mount.text];
  }
}

const required = (mount: { readonly required: boolean }): string[] => (mount.required ? ['required'] : []);
