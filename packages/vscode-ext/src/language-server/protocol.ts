/**
 * What the language server and its client say to each other beyond the Language Server Protocol. The client side is
 * `src/language/client.ts`. Paths of the context use slashes and are relative to it; URIs are those of the editor.
 */
export const methods = {
  /** Server to client: `ImageTagsParams` → `ImageTag[]`. */
  imageTags: 'caisson/imageTags',
  /** Client to server, notification: `LastBuild`. The server keeps the newest of each Dockerfile. */
  lastBuild: 'caisson/lastBuild',
  /** Client to server: `ContextFilesParams` → `ContextFiles`. */
  contextFiles: 'caisson/contextFiles',
} as const;

/** Commands of the editor that code lenses name. Each gets one `BuildTarget`. */
export const commands = {
  build: 'caisson.build',
  run: 'caisson.run',
  showLastBuild: 'caisson.showLastBuild',
} as const;

export interface BuildTarget {
  /** URI of the Dockerfile. */
  readonly dockerfile: string;
  /** Name or index of the stage; absent for the last one. */
  readonly target?: string;
}

export interface ImageTagsParams {
  /** What is already written of the name. The client may ignore it. */
  readonly prefix: string;
}

/** An image of the local store under one of its names. */
export interface ImageTag {
  /** As FROM takes it: `node:22`, `registry.example/app:1`. */
  readonly reference: string;
  readonly digest?: string;
  /** Bytes of all layers. */
  readonly size?: number;
  /** ISO 8601. */
  readonly created?: string;
  /** `linux/arm64`. */
  readonly platform?: string;
  /** Names of the variables in its ENV, so that their use is not reported. */
  readonly env?: readonly string[];
}

/** What a build did with each instruction of a Dockerfile. */
export interface LastBuild {
  /** URI of the Dockerfile. */
  readonly dockerfile: string;
  /** Path of the context's folder on this machine; completion and `.dockerignore` then follow it. */
  readonly context?: string;
  readonly succeeded: boolean;
  /** ISO 8601. */
  readonly finished: string;
  /** Seconds. */
  readonly duration?: number;
  readonly target?: string;
  /** Bytes of the image's layers. */
  readonly size?: number;
  readonly steps: readonly BuiltStep[];
}

/** Found again by its text, so that edits elsewhere in the file do no harm; the line decides between equal ones. */
export interface BuiltStep {
  /** Line of the keyword when it was built, counted from 1. */
  readonly line: number;
  /** The instruction's source; only space may differ. Without it the line alone counts. */
  readonly text?: string;
  readonly cached: boolean;
  /** Why it was not cached: `src/index.ts changed`. */
  readonly reason?: string;
  /** Bytes of its layer; absent where it made none. */
  readonly size?: number;
  /** Seconds. */
  readonly duration?: number;
  readonly error?: string;
}

export interface ContextFilesParams {
  /** URI of a Dockerfile, of an ignore file, or of the context's folder. */
  readonly uri: string;
  /** How many files to list at most; 1000 where not given. The sums count all. */
  readonly limit?: number;
}

export interface ContextFiles {
  /** Path of the context's folder. */
  readonly context: string;
  /** Path of the ignore file that holds; absent where there is none. */
  readonly ignoreFile?: string;
  /** Files that a build would get, largest first. */
  readonly files: readonly ContextFile[];
  /** Top folders and files, with the sum of what is in them, largest first. */
  readonly folders: readonly ContextFolder[];
  readonly count: number;
  /** Bytes. */
  readonly size: number;
  /** Files and whole folders that the ignore file leaves out (a folder counts once). */
  readonly ignored: number;
  /** The walk ended early: the context has more entries than anyone would send. */
  readonly truncated: boolean;
}

export interface ContextFile {
  readonly path: string;
  readonly size: number;
}

export interface ContextFolder extends ContextFile {
  readonly files: number;
}

/** Given with `initialize`. */
export interface InitializationOptions {
  /** The client answers `caisson/imageTags`. */
  readonly imageTags?: boolean;
  /** The client knows the commands of the code lenses. */
  readonly commands?: boolean;
  /** What the server says, in the user's language: by the English text, as `l10n/bundle.l10n.json` has it. */
  readonly texts?: Readonly<Record<string, string>>;
}
