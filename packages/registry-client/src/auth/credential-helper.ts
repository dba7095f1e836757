import { spawn } from 'node:child_process';
import { CaissonError, systemCode } from '@caisson/core';
import type { Credentials } from './credentials.js';

/**
 * A program `docker-credential-NAME`: it is called with `get`, `store` or `erase` and spoken to over its standard streams
 * (docker-credential-helpers' protocol).
 */
export class CredentialHelper {
  readonly #name: string;
  readonly #env: Readonly<Record<string, string | undefined>>;

  /** @throws CaissonError `invalid-argument` for a name that is more than a name. */
  constructor(name: string, env: Readonly<Record<string, string | undefined>>) {
    if (!/^[A-Za-z0-9._-]+$/.test(name)) throw new CaissonError('invalid-argument', `not the name of a credential helper: ${JSON.stringify(name.slice(0, 80))}`);
    this.#name = name;
    this.#env = env;
  }

  /** @throws CaissonError `missing-dependency` where there is no such program. */
  async get(server: string): Promise<Credentials | undefined> {
    const { status, output } = await this.#run('get', server);
    if (status !== 0) {
      if (/credentials not found/i.test(output)) return undefined;
      throw this.#failure('get', output);
    }
    let json: unknown;
    try {
      json = JSON.parse(output);
    } catch {
      json = undefined;
    }
    const { Username: username, Secret: secret } = (typeof json === 'object' && json !== null ? json : {}) as { Username?: unknown; Secret?: unknown };
    if (typeof username !== 'string' || typeof secret !== 'string')
      throw new CaissonError('invalid-content', `docker-credential-${this.#name} answered with something else than credentials`);
    if (username === '<token>') return { identityToken: secret };
    return username === '' && secret === '' ? undefined : { username, password: secret };
  }

  async store(server: string, credentials: Credentials): Promise<void> {
    if ('registryToken' in credentials) throw new CaissonError('unsupported', 'a registry token cannot be kept in a credential helper');
    const [username, secret] = 'identityToken' in credentials ? ['<token>', credentials.identityToken] : [credentials.username, credentials.password];
    const { status, output } = await this.#run('store', JSON.stringify({ ServerURL: server, Username: username, Secret: secret }));
    if (status !== 0) throw this.#failure('store', output);
  }

  /** True when there was something to erase, as far as the helper says. */
  async erase(server: string): Promise<boolean> {
    const { status, output } = await this.#run('erase', server);
    if (status !== 0 && !/credentials not found/i.test(output)) throw this.#failure('erase', output);
    return status === 0;
  }

  #failure(verb: string, output: string): CaissonError {
    // Of what it prints only the first line, and never what it prints on success: that is the secret.
    const line = output.trim().split('\n')[0]?.slice(0, 200) ?? '';
    return new CaissonError('unavailable', `docker-credential-${this.#name} ${verb} failed${line === '' ? '' : `: ${line}`}`);
  }

  async #run(verb: string, input: string): Promise<{ status: number | null; output: string }> {
    const program = `docker-credential-${this.#name}`;
    const { promise, resolve, reject } = Promise.withResolvers<{ status: number | null; output: string }>();
    const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'ignore'], env: { ...this.#env } });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      if (output.length < 1_000_000) output += text;
    });
    child.on('error', (cause) => {
      reject(
        systemCode(cause) === 'ENOENT'
          ? new CaissonError('missing-dependency', `the credential helper ${program} is not installed`, {
              cause,
              hint: "install it, or take it out of credsStore and credHelpers in docker's config.json",
            })
          : new CaissonError('unavailable', `cannot start ${program}: ${cause.message}`, { cause }),
      );
    });
    child.on('close', (status) => resolve({ status, output }));
    // A helper that ends without reading its input tells by its status what was wrong.
    child.stdin.on('error', () => {});
    child.stdin.end(input);
    return promise;
  }
}
