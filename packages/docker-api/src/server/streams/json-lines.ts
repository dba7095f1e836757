import type { ServerResponse } from 'node:http';
import type { ProgressLine } from '../../types/progress.js';
import { toApiError } from '../http/api-error.js';
import { write } from './writer.js';

/**
 * An answer of JSON documents, one a line, as things happen. Until the first line a failure can still be an ordinary refusal; after it, it
 * is a line of its own.
 */
export class JsonLines<T extends object> {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.setHeader('Content-Type', 'application/json');
  }

  /** Sends the head at once, for clients that wait for it. */
  begin(): void {
    this.#response.flushHeaders();
  }

  /** @throws when the client has gone */
  async send(line: T): Promise<void> {
    await write(this.#response, `${JSON.stringify(line)}\r\n`);
  }

  end(): void {
    this.#response.end();
  }
}

/** Runs what reports progress to a client; a failure after the first line becomes the last one. */
export async function withProgress(response: ServerResponse, run: (lines: JsonLines<ProgressLine>) => Promise<void>): Promise<void> {
  const lines = new JsonLines<ProgressLine>(response);
  try {
    await run(lines);
  } catch (error) {
    if (!response.headersSent) throw error;
    if (response.destroyed) return; // nobody is there to be told
    const { message } = toApiError(error);
    await lines.send({ errorDetail: { message }, error: message });
  }
  lines.end();
}
