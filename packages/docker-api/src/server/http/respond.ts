import type { ServerResponse } from 'node:http';
import type { ApiError } from './api-error.js';
import type { Reply } from './call.js';

export function respond(response: ServerResponse, { status, body, headers = {} }: Reply): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  response.statusCode = status;
  if (body === undefined) {
    response.end();
    return;
  }
  const text = Buffer.from(`${JSON.stringify(body)}\n`);
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
