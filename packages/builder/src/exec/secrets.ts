import { lstatSync, readFileSync } from 'node:fs';
import { CaissonError, fromSystemError, type BuildRequest } from '@caisson/core';
import type { SecretMount, SshMount } from './exec-spec.js';

/** As docker has it. */
const maxBytes = 500 * 1024;

/** A secret's value; undefined where it was not given and need not be. @throws CaissonError `not-found`, `limit-exceeded` */
export function readSecret(request: BuildRequest, { id, required }: SecretMount): Buffer | undefined {
  const secret = request.secrets?.find((one) => one.id === id);
  if (!secret) {
    if (!required) return undefined;
    throw new CaissonError('not-found', `the secret ${JSON.stringify(id)} is required, and was not given`, { hint: `give it with --secret id=${id},src=FILE or --secret id=${id},env=NAME` });
  }
  const value = valueOf(secret);
  if (value.length > maxBytes) throw new CaissonError('limit-exceeded', `the secret ${JSON.stringify(id)} has more than ${maxBytes} bytes`);
  return value;
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
export function agentSocket(request: BuildRequest, { id, required }: SshMount): string | undefined {
  const path = request.ssh?.[id];
  if (path === undefined) {
    if (!required) return undefined;
    throw new CaissonError('not-found', `the SSH agent ${JSON.stringify(id)} is required, and was not given`, { hint: `give it with --ssh ${id}` });
  }
  if (!lstatSync(path, { throwIfNoEntry: false })?.isSocket())
    throw new CaissonError('invalid-argument', `${path}, given with --ssh ${id}, is not the socket of an SSH agent`, { hint: 'start one with ssh-agent and add the key with ssh-add' });
  return path;
}
