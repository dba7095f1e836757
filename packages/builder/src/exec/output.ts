import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';

const keptLines = 25;
/** A line longer than this is handed on in pieces. */
const maxLine = 64 * 1024;

/**
 * What a RUN prints, line by line as it comes, and its last lines for the message when it fails. Secrets that the step was given are
 * replaced by asterisks.
 */
export class StepOutput {
  readonly #tell: (stream: 'stdout' | 'stderr', text: string) => void;
  readonly #secrets: readonly string[];
  readonly #last: string[] = [];

  constructor(tell: (stream: 'stdout' | 'stderr', text: string) => void, secrets: readonly string[]) {
    this.#tell = tell;
    // One short secret would take every letter x out of the output.
    this.#secrets = secrets.filter((secret) => secret.length >= 4);
  }

  get lastLines(): readonly string[] {
    return this.#last;
  }

  async read(from: Readable, stream: 'stdout' | 'stderr'): Promise<void> {
    const decoder = new StringDecoder('utf8');
    let rest = '';
    for await (const chunk of from as AsyncIterable<Buffer>) {
      rest += decoder.write(chunk);
      const end = rest.lastIndexOf('\n') + 1;
      if (end > 0) this.#out(stream, rest.slice(0, end));
      rest = rest.slice(end);
      if (rest.length > maxLine) {
        this.#out(stream, rest);
        rest = '';
      }
    }
    rest += decoder.end();
    if (rest !== '') this.#out(stream, `${rest}\n`);
  }

  #out(stream: 'stdout' | 'stderr', text: string): void {
    let shown = text;
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, '***');
    this.#last.push(...shown.trimEnd().split('\n'));
    if (this.#last.length > keptLines) this.#last.splice(0, this.#last.length - keptLines);
    this.#tell(stream, shown);
  }
}
