import type { Severity } from '../finding.js';
import type { RunShellCheck } from '../shell/shellcheck.js';

export type LabelType = 'text' | 'rawtext' | 'url' | 'semver' | 'hash' | 'rfc3339' | 'spdx' | 'email';

/** A plain object: from `caisson.lint.json`, from `.hadolint.yaml`, or made by the caller. */
export interface LintConfig {
  /** By code, case aside; `off` or a severity. Rules that are off by default are switched on by a severity. */
  readonly rules?: Readonly<Record<string, 'off' | Severity>>;
  /** The severity from which the command line fails; hadolint's `info` by default, `none` never. */
  readonly failureThreshold?: Severity | 'none';
  /** Registries that FROM may use (DL3026); `*` as a wildcard. */
  readonly trustedRegistries?: readonly string[];
  /** Labels that are wanted, with their type (DL3049 to DL3058). */
  readonly labelSchema?: Readonly<Record<string, LabelType>>;
  /** No labels beyond the schema (DL3050). */
  readonly strictLabels?: boolean;
  /** Take no notice of pragmas in comments. */
  readonly disableIgnorePragma?: boolean;
  /** Build arguments, for rules that expand. */
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** Runs ShellCheck, for those who have it: its findings join those of the rules, under `SC…`. A file can only say false, for never. */
  readonly shellcheck?: RunShellCheck | false;
  /** For the command line, where a `.hadolint.yaml` says so: the name of a format, and no colour. */
  readonly format?: string;
  readonly color?: false;
  /** Whether a path of the context is left out by `.dockerignore` (CopyIgnoredFile). Not from a file. */
  readonly ignored?: (path: string) => boolean;
  /** Names that a base image sets in its ENV, by image name as in FROM after expansion (UndefinedVar). Not from a file. */
  readonly baseEnv?: Readonly<Record<string, readonly string[]>>;
  /** Platform that a base image really has, by name as in FROM after expansion (InvalidBaseImagePlatform). Not from a file. */
  readonly basePlatforms?: Readonly<Record<string, string>>;
}
