/** The body of every answer that is not a success. */
export interface ErrorBody {
  readonly message: string;
}
