import { CaissonError, systemCode, type ErrorCode } from '@caisson/core';
import { formatEndpoint, type Endpoint } from './connect/endpoint.js';

/** The code that a refusal's status comes to, and what its words tell beyond that. */
function codeOf(status: number, message: string): ErrorCode {
  if (/no space left on device/i.test(message)) return 'no-space';
  switch (status) {
    case 400:
      return /executable file not found|no such file or directory|permission denied/i.test(message) && /OCI runtime|start|exec/i.test(message) ? 'runtime-failed' : 'invalid-argument';
    case 401:
      return 'unauthorized';
    case 403:
      return 'denied';
    case 404:
      return /unauthorized|denied|authentication required/i.test(message) ? 'unauthorized' : 'not-found';
    case 409:
      return /already exists/i.test(message) && !/in use/i.test(message) ? 'already-exists' : 'in-use';
    case 413:
      return 'limit-exceeded';
    case 501:
      return 'unsupported';
    case 503:
      return 'unavailable';
    default:
      return fiveHundred(message);
  }
}

function fiveHundred(message: string): ErrorCode {
  if (/unauthorized|authentication required|no basic auth credentials|incorrect username or password/i.test(message)) return 'unauthorized';
  if (/denied: |access (?:is )?denied|403 Forbidden/i.test(message)) return 'denied';
  if (/invalid argument$|names must match/i.test(message)) return 'invalid-argument';
  if (/manifest unknown|not found|no such/i.test(message)) return 'not-found';
  if (/is already (?:allocated|in use)|address already in use|container state improper|is not running|is not paused|has active endpoints|network is being used/i.test(message)) return 'in-use';
  if (/connection refused|no such host|i\/o timeout|TLS handshake/i.test(message)) return 'unavailable';
  if (/OCI runtime|failed to create (?:shim )?task|runc|crun/i.test(message)) return 'runtime-failed';
  return 'internal';
}

/** A refusal of the other side, in its own words: one line of them. */
export function refusal(status: number, body: string): CaissonError {
  const message = messageOf(body) || `the engine answered with status ${status}`;
  const exitCode = /executable file not found|no such file or directory: unknown/i.test(message) ? 127 : /permission denied/i.test(message) ? 126 : undefined;
  return new CaissonError(codeOf(status, message), message, { details: { status, ...(exitCode !== undefined && [400, 500].includes(status) ? { exitCode } : {}) } });
}

/** `{"message": …}`, or podman's with `cause` beside it; else the first lines of whatever it is. */
function messageOf(body: string): string {
  let text = body;
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null && 'message' in parsed && typeof parsed.message === 'string') text = parsed.message;
  } catch {
    // Plain text, as proxies and old versions have it.
  }
  return text.trim().replaceAll(/\s*[\r\n]+\s*/g, ' ').slice(0, 2000);
}

/** What keeps a request from being answered at all. */
export function connectionError(error: unknown, endpoint: Endpoint): CaissonError {
  if (error instanceof CaissonError) return error;
  const where = formatEndpoint(endpoint);
  const cause = error;
  switch (systemCode(error)) {
    case 'ENOENT':
      return new CaissonError('unavailable', `no engine listens on ${where}: there is no such socket`, { cause, hint: 'start one (caisson daemon, dockerd, podman system service), or choose another host with -H, DOCKER_HOST or --context' });
    case 'ECONNREFUSED':
      return new CaissonError('unavailable', `no engine listens on ${where}: the connection was refused`, { cause, hint: 'is it running? Choose another host with -H, DOCKER_HOST or --context' });
    case 'EACCES':
    case 'EPERM':
      return new CaissonError('denied', `permission denied on ${where}`, { cause, hint: "ask for membership in the socket's group" });
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new CaissonError('unavailable', `the host name in ${where} cannot be resolved`, { cause });
    case 'ECONNRESET':
    case 'EPIPE':
      return new CaissonError('unavailable', `the connection to ${where} was lost`, { cause });
    case 'HPE_INVALID_CONSTANT':
    case 'HPE_INVALID_VERSION':
      return new CaissonError('unavailable', `what listens on ${where} does not speak HTTP`, { cause, hint: endpoint.kind === 'tcp' && !endpoint.tls ? 'if it wants TLS, use --tlsverify' : 'choose another host with -H' });
    default: {
      const message = error instanceof Error ? error.message : String(error);
      if (/certificate|self.signed|altnames|SSL|TLS/i.test(message)) return new CaissonError('unavailable', `TLS with ${where} failed: ${message.split('\n')[0]}`, { cause, hint: 'check --tlscacert, --tlscert and --tlskey (DOCKER_CERT_PATH)' });
      return new CaissonError('unavailable', `${where} cannot be reached: ${message.split('\n')[0]}`, { cause });
    }
  }
}
