import type { Handler, Reply } from './call.js';
import { jsonText } from './respond.js';

/**
 * What requests of one turn of the event loop find out together. The loop hands out what had come in when it last looked, and then looks again: whoever
 * asks for the same in one turn asked before any of them was seen to, so that one look is as new as each may expect. Hundreds of clients that ask for
 * a list at once cost little more than one.
 */
export class Turn {
  readonly #replies = new Map<string, Promise<Reply | undefined>>();

  /** What `find` finds, for all that ask by the same key in this turn. */
  once(key: string, find: () => Promise<Reply | undefined>): Promise<Reply | undefined> {
    const known = this.#replies.get(key);
    if (known) return known;
    // Node comes to this when all that was there has been handed out, and before it looks again.
    if (this.#replies.size === 0) setImmediate(() => this.#replies.clear());
    const found = find().then((reply) => (reply?.body === undefined ? reply : { ...reply, text: jsonText(reply.body) }));
    this.#replies.set(key, found);
    return found;
  }
}

/** For an endpoint whose answer depends on its path and query alone, and changes nothing. */
export function shared(handler: Handler): Handler {
  return (call) => call.daemon.turn.once(call.request.url ?? '', () => handler(call));
}
