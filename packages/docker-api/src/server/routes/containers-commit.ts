import { parseReference, withDefaultTag, type ContainerDefaults } from '@caisson/core';
import { badRequest } from '../http/api-error.js';
import { object } from '../http/check.js';
import { created, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { config } from '../requests/container-create.js';
import { container } from './objects.js';

const commitBody = object(config);

async function commit(call: Call): Promise<Reply> {
  const { query } = call;
  const body = await call.json(commitBody, {});
  const record = await container(call, query.text('container') ?? '');
  const repo = query.text('repo');
  const tag = query.text('tag');
  const message = query.text('comment');
  const author = query.text('author');
  if (repo === undefined && tag !== undefined) throw badRequest('a tag needs a repository');
  const replaced = readDefaults(body);
  const image = await call.engine.containers.commit(record.id, {
    ...(repo === undefined ? {} : { name: withDefaultTag(parseReference(tag === undefined ? repo : `${repo}:${tag}`)) }),
    ...(message === undefined ? {} : { message }),
    ...(author === undefined ? {} : { author }),
    changes: query.all('changes').flatMap((text) => text.split('\n')).filter((line) => line.trim() !== ''),
    pause: query.flag('pause', true),
    ...(Object.keys(replaced).length > 0 ? { config: replaced } : {}),
    signal: call.signal,
  });
  return created({ Id: image.id });
}

/** What the body says beside the container's own config. docker's command line sends an empty one. */
function readDefaults(body: ReturnType<typeof commitBody>): ContainerDefaults {
  const { Cmd, Entrypoint, Env, User, WorkingDir, Labels, StopSignal, ExposedPorts, Volumes, OnBuild, Shell } = body;
  const keys = (value: Readonly<Record<string, unknown>> | undefined) => value && Object.fromEntries(Object.keys(value).map((key) => [key, {}]));
  const given = { Cmd, Entrypoint, Env, User: User || undefined, WorkingDir: WorkingDir || undefined, Labels, StopSignal: StopSignal || undefined, ExposedPorts: keys(ExposedPorts), Volumes: keys(Volumes), OnBuild, Shell };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as ContainerDefaults;
}

export const containerCommitRoutes: readonly Route<Handler>[] = [{ method: 'POST', path: '/commit', handler: commit }];
