import type { ServerResponse } from 'node:http';
import type { ApiError } from './api-error.js';
import type { Reply } from './call.js';

/** A body as it goes out. */
export function jsonText(body: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(body)}\n`);
}

export function respond(response: ServerResponse, { status, body, headers = {}, text = body === undefined ? undefined : jsonText(body) }: Reply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (text === undefined) {
    response.end();
    return;
  }
  response.setHeader('Content-Type', 'application/json');
  response.setHeader('Content-Length', text.length);
  response.end(text);
}

/** A refusal; on an answer that has begun there is nothing left to say, so the connection is broken off, which a client notices. */
export function refuse(response: ServerResponse, error: ApiError): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  for (const name of response.getHeaderNames()) if (name.startsWith('content-') || name === 'transfer-encoding') response.removeHeader(name);
  respond(response, { status: error.status, body: { message: error.message } });
}
