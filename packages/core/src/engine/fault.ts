/** Something that `check` found wrong in the store. */
export interface Fault {
  /** One line: what is wrong with what. */
  readonly problem: string;
  /** Done about it by `repair`; absent where nothing can be done. */
  readonly repaired?: string;
}
