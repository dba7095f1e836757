import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { request } from 'node:http';

/** What detection looks at: the host, or in tests an account of one. */
export interface Probe {
  readonly env: Readonly<Record<string, string | undefined>>;
  exists(path: string): boolean;
  /** Standard output of a program that ends well. Rejects with one line. */
  run(program: string, args: readonly string[]): Promise<string>;
  /** The body of a GET from a named pipe (or socket), or a host and port. Rejects with one line. */
  get(at: { readonly socketPath: string } | { readonly host: string; readonly port: number }, path: string): Promise<string>;
}

const patience = 5000;

export const hostProbe: Probe = {
  env: process.env,
  exists: existsSync,
  run: (program, args) =>
    new Promise((resolve, reject) => {
      // WSL's programs write UTF-16 unless they are told not to.
      execFile(program, args, { timeout: patience, windowsHide: true, encoding: 'buffer', env: { ...process.env, WSL_UTF8: '1' } }, (error, stdout) => (error ? reject(new Error(error.message.split('\n')[0])) : resolve(stdout.toString('utf8'))));
    }),
  get: (at, path) =>
    new Promise((resolve, reject) => {
      const call = request({ ...at, path, timeout: patience }, (reply) => {
        let body = '';
        reply.setEncoding('utf8').on('data', (part: string) => (body += part));
        reply.on('end', () => (reply.statusCode === 200 ? resolve(body) : reject(new Error(`it answers with status ${reply.statusCode}`))));
        reply.on('error', reject);
      });
      call.on('timeout', () => call.destroy(new Error(`it does not answer within ${patience / 1000} seconds`)));
      call.on('error', (error: NodeJS.ErrnoException) => reject(new Error(error.code === 'ENOENT' || error.code === 'ECONNREFUSED' ? 'nothing listens there' : error.message)));
      call.end();
    }),
};
