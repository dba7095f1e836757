/** One line of the streams of pull, push, load, import and build. A failure in mid-stream is a line with `errorDetail` and `error`. */
export interface ProgressLine {
  /** The output of a build. */
  readonly stream?: string;
  readonly status?: string;
  /** What the status is of: a layer's short ID, a tag. */
  readonly id?: string;
  /** A bar, drawn by the server. */
  readonly progress?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number; readonly units?: string; readonly hidecounts?: boolean };
  readonly error?: string;
  readonly errorDetail?: { readonly code?: number; readonly message: string };
  /** Machine-readable results: `{ID}` of a build, `{Tag,Digest,Size}` of a push. */
  readonly aux?: unknown;
}

export interface BuildAux {
  readonly ID: string;
}

export interface PushAux {
  readonly Tag: string;
  readonly Digest: string;
  readonly Size: number;
}
