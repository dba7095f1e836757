import { spawn } from 'node:child_process';
import { Duplex } from 'node:stream';
import { CaissonError } from '@caisson/core';
import type { Endpoint } from './endpoint.js';

type SshEndpoint = Extract<Endpoint, { kind: 'ssh' }>;

/** What runs on the other side: whichever of the two is there joins its engine's socket to its own input and output. */
function remoteCommand({ path }: SshEndpoint): string {
  const host = path === undefined ? '' : ` --host ${quote(`unix://${path}`)}`;
  return `sh -c ${quote(`if command -v docker >/dev/null 2>&1; then exec docker${host} system dial-stdio; else exec caisson${host} system dial-stdio; fi`)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function sshArguments(endpoint: SshEndpoint): string[] {
  return ['-o', 'ConnectTimeout=30', '-T', ...(endpoint.user === undefined ? [] : ['-l', endpoint.user]), ...(endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]), '--', endpoint.host, remoteCommand(endpoint)];
}

/** A connection through ssh(1), which has the user's keys, agent and configuration. Its end ends ssh. */
export function connectSsh(endpoint: SshEndpoint): Duplex {
  const child = spawn('ssh', sshArguments(endpoint), { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  const stream = new Duplex({
    allowHalfOpen: true,
    read: () => void child.stdout.resume(),
    write: (data, _encoding, done) => void child.stdin.write(data, done),
    final: (done) => void child.stdin.end(done),
    destroy(error, done) {
      child.kill();
      done(error);
    },
  });
  child.stdout.on('data', (data: Buffer) => {
    if (!stream.push(data)) child.stdout.pause();
  });
  child.stdout.on('end', () => stream.push(null));
  child.stdin.on('error', () => {}); // told by the exit
  child.on('error', (cause: NodeJS.ErrnoException) =>
    stream.destroy(cause.code === 'ENOENT' ? new CaissonError('missing-dependency', 'ssh is not installed here', { cause, hint: 'ssh:// hosts are reached through the ssh program' }) : new CaissonError('unavailable', `ssh cannot be started: ${cause.message}`, { cause })),
  );
  child.on('close', (code) => {
    if (code === 0 || stream.destroyed) return;
    const why = said.trim().split('\n').at(-1);
    stream.destroy(new CaissonError('unavailable', `ssh to ${endpoint.host} ended with ${code}${why ? `: ${why}` : ''}`, { hint: `try: ssh ${endpoint.user === undefined ? '' : `${endpoint.user}@`}${endpoint.host} docker version` }));
  });
  return stream;
}
