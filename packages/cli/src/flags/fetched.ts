import { CaissonError } from '@caisson/core';

/** What lies at an address of the web. @throws CaissonError `unavailable` */
export async function fetched(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  let reply: Response;
  try {
    reply = await fetch(url, { signal });
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    const reason = error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
    throw new CaissonError('unavailable', `reading ${url}: ${reason}`, { cause: error });
  }
  if (!reply.ok || !reply.body) throw new CaissonError('unavailable', `reading ${url}: the server answers ${reply.status} ${reply.statusText}`.trimEnd());
  return reply.body;
}
