import type { Call } from '../http/call.js';
import { write } from './writer.js';

/** An answer of bytes, at the client's pace. Until the first of them a failure is an ordinary refusal; later it breaks the connection off. */
export async function sendBytes(call: Call, bytes: AsyncIterable<Uint8Array>, headers: Readonly<Record<string, string>>): Promise<void> {
  const { response } = call;
  let begun = false;
  for await (const piece of bytes) {
    if (!begun) response.writeHead(200, headers);
    begun = true;
    const pause = write(response, piece);
    if (pause) await pause;
  }
  if (!begun) response.writeHead(200, headers);
  response.end();
}
