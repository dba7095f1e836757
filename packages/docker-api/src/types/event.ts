/** One line of `GET /events`. */
export interface EventMessage {
  /** Until API 1.21's successors: copies of `Action`, the actor's ID and its image. Only for containers and images. */
  readonly status?: string;
  readonly id?: string;
  readonly from?: string;
  readonly Type: string;
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: 'local' | 'swarm';
  /** Seconds since 1970. */
  readonly time: number;
  /** Beyond what a number holds exactly: read it as text where that matters. */
  readonly timeNano: number;
}
