import type { Arg, Flag, Heredoc, InstructionBase } from './ast.js';
import type { Mount } from './values/mount.js';

/** `name=value` of ENV, LABEL and ARG; `value` is undefined for a bare `ARG name`. Both still need expansion. */
export interface Pair {
  readonly key: string;
  readonly value?: string;
  readonly range: SourceRangeOf;
  readonly keyRange: SourceRangeOf;
  readonly valueRange?: SourceRangeOf;
}
type SourceRangeOf = Arg['range'];

/** A heredoc or the text of a command, for the instructions that take either a shell line or a JSON array. */
export interface CommandLine {
  /** Shell form: one element, the line for the shell. JSON form: the argument vector. */
  readonly command: readonly Arg[];
  readonly shell: boolean;
}

/** A file given inline with `<<NAME` as a source of COPY or ADD. */
export interface InlineFile {
  readonly name: string;
  /** With leading tabs taken off for `<<-`; still to be expanded if `expand`. */
  readonly content: string;
  readonly expand: boolean;
  readonly heredoc: Heredoc;
}

export interface FromInstruction extends InstructionBase {
  readonly kind: 'from';
  readonly image: Arg;
  /** As written; stages are found without regard to case. */
  readonly as?: Arg;
  /** The word between image and name, for its case. */
  readonly asKeyword?: Arg;
  readonly platform?: Flag;
}
export interface RunInstruction extends InstructionBase, CommandLine {
  readonly kind: 'run';
  /** Unexpanded; see `StageScope.mounts` for the values after expansion. */
  readonly mounts: readonly MountFlag[];
  readonly network: 'default' | 'none' | 'host';
  readonly security: 'sandbox' | 'insecure';
  readonly devices: readonly DeviceFlag[];
}
export interface MountFlag {
  readonly flag: Flag;
  /** What could be read without expanding; fields with variables hold them literally. */
  readonly mount?: Mount;
}
export interface DeviceFlag {
  readonly flag: Flag;
  readonly name: string;
  readonly required: boolean;
}
export interface CmdInstruction extends InstructionBase, CommandLine {
  readonly kind: 'cmd';
}
export interface EntrypointInstruction extends InstructionBase, CommandLine {
  readonly kind: 'entrypoint';
}
export interface ShellInstruction extends InstructionBase {
  readonly kind: 'shell';
  readonly shell: readonly Arg[];
}
export interface LabelInstruction extends InstructionBase {
  readonly kind: 'label';
  readonly pairs: readonly Pair[];
  /** `LABEL key value`, the form of old. */
  readonly legacy: boolean;
}
export interface EnvInstruction extends InstructionBase {
  readonly kind: 'env';
  readonly pairs: readonly Pair[];
  readonly legacy: boolean;
}
export interface ArgInstruction extends InstructionBase {
  readonly kind: 'arg';
  readonly pairs: readonly Pair[];
}
export interface MaintainerInstruction extends InstructionBase {
  readonly kind: 'maintainer';
  readonly maintainer: Arg;
}
export interface ExposeInstruction extends InstructionBase {
  readonly kind: 'expose';
  /** Unexpanded; see `parsePort`. */
  readonly ports: readonly Arg[];
}
interface FileInstruction extends InstructionBase {
  /** Paths, globs and (for ADD) URLs; heredocs are in `files`. */
  readonly sources: readonly Arg[];
  readonly files: readonly InlineFile[];
  readonly destination: Arg;
  readonly chown?: Flag;
  readonly chmod?: Flag;
  readonly link: boolean;
  readonly exclude: readonly Flag[];
}
export interface AddInstruction extends FileInstruction {
  readonly kind: 'add';
  readonly keepGitDir: boolean;
  readonly checksum?: Flag;
  /** Undefined where not said: local archives are unpacked, remote ones are not. */
  readonly unpack?: boolean;
}
export interface CopyInstruction extends FileInstruction {
  readonly kind: 'copy';
  readonly from?: Flag;
  readonly parents: boolean;
}
export interface VolumeInstruction extends InstructionBase {
  readonly kind: 'volume';
  readonly volumes: readonly Arg[];
}
export interface UserInstruction extends InstructionBase {
  readonly kind: 'user';
  readonly user: Arg;
}
export interface WorkdirInstruction extends InstructionBase {
  readonly kind: 'workdir';
  readonly path: Arg;
}
export interface StopSignalInstruction extends InstructionBase {
  readonly kind: 'stopsignal';
  readonly signal: Arg;
}
export interface HealthcheckInstruction extends InstructionBase {
  readonly kind: 'healthcheck';
  /** Undefined for HEALTHCHECK NONE. */
  readonly test?: CommandLine;
  /** Nanoseconds, as the image config has them; 0 or absent means the default. */
  readonly interval?: number;
  readonly timeout?: number;
  readonly startPeriod?: number;
  readonly startInterval?: number;
  readonly retries?: number;
}
export interface OnbuildInstruction extends InstructionBase {
  readonly kind: 'onbuild';
  /** The trigger, parsed; it may be invalid in itself. */
  readonly trigger: Instruction;
  /** What goes into the image config: the trigger's logical line with its heredoc bodies. */
  readonly expression: string;
}
/** Could not be understood; `errors` of the file says why. Name, flags and raw arguments are there for editors. */
export interface InvalidInstruction extends InstructionBase {
  readonly kind: 'invalid';
}

export type Instruction =
  | FromInstruction
  | RunInstruction
  | CmdInstruction
  | EntrypointInstruction
  | ShellInstruction
  | LabelInstruction
  | EnvInstruction
  | ArgInstruction
  | MaintainerInstruction
  | ExposeInstruction
  | AddInstruction
  | CopyInstruction
  | VolumeInstruction
  | UserInstruction
  | WorkdirInstruction
  | StopSignalInstruction
  | HealthcheckInstruction
  | OnbuildInstruction
  | InvalidInstruction;

export type InstructionKind = Instruction['kind'];
export type InstructionOf<K extends InstructionKind> = Extract<Instruction, { readonly kind: K }>;
