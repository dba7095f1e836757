import { lstatSync, readFileSync } from 'node:fs';
import { CaissonError, fromSystemError, type BuildRequest } from '@caisson/core';
import type { Session } from '../session.js';
import type { SecretMount, SshMount } from './exec-spec.js';

/** As docker has it. */
const maxBytes = 500 * 1024;

/** A secret's value; undefined where it was not given and need not be. @throws CaissonError `not-found`, `limit-exceeded` */
export async function readSecret({ request, signal }: Pick<Session, 'request' | 'signal'>, { id, required }: SecretMount): Promise<Buffer | undefined> {
  const secret = request.secrets?.find((one) => one.id === id);
  const value = secret ? valueOf(secret) : await request.client?.secret(id, signal);
  if (!value) {
    if (!required) return undefined;
    throw new CaissonError('not-found', `the secret ${JSON.stringify(id)} is required, and was not given`, { hint: `give it with --secret id=${id},src=FILE or --secret id=${id},env=NAME` });
  }
  if (value.length > maxBytes) throw new CaissonError('limit-exceeded', `the secret ${JSON.stringify(id)} has more than ${maxBytes} bytes`);
  return Buffer.from(value);
}

function valueOf(secret: NonNullable<BuildRequest['secrets']>[number]): Buffer {
  if ('value' in secret) return Buffer.from(secret.value);
  if ('file' in secret) {
    try {
      return readFileSync(secret.file);
    } catch (error) {
      throw fromSystemError(error, `reading the secret ${JSON.stringify(secret.id)} from ${secret.file}`);
    }
  }
  const value = process.env[secret.env];
  if (value === undefined) throw new CaissonError('not-found', `the secret ${JSON.stringify(secret.id)} comes from the variable ${secret.env}, which is not set`);
  return Buffer.from(value);
}

/** The agent's socket; undefined where none was given and need not be. @throws CaissonError `not-found` */
export async function agentSocket({ request, signal }: Pick<Session, 'request' | 'signal'>, { id, required }: SshMount): Promise<string | undefined> {
  const path = request.ssh?.[id] ?? (await request.client?.agent(id, signal));
  if (path === undefined) {
    if (!required) return undefined;
    throw new CaissonError('not-found', `the SSH agent ${JSON.stringify(id)} is required, and was not given`, { hint: `give it with --ssh ${id}` });
  }
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket())
    throw new CaissonError('invalid-argument', `${path}, given with --ssh ${id}, is not the socket of an SSH agent`, { hint: 'start one with ssh-agent and add the key with ssh-add' });
  return path;
}
