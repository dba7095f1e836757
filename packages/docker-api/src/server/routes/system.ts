import { encodeContainerSummary } from '../../encode/container-summary.js';
import { encodeImageSummary } from '../../encode/image.js';
import { encodeVolume } from '../../encode/volume.js';
import type { SystemUsage } from '../../types/system.js';
import { badRequest } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { systemInfo, systemVersion } from './system-info.js';

/** docker's command line takes from this which API to speak, and that builds may go through a session. */
async function ping(call: Call): Promise<Reply | undefined> {
  const { response } = call;
  response.setHeader('Builder-Version', call.daemon.settings.buildKit ? '2' : '1');
  response.setHeader('Cache-Control', 'no-cache, no-store, must-revalidate');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Swarm', 'inactive');
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.setHeader('Content-Length', call.request.method === 'HEAD' ? 0 : 2);
  response.end(call.request.method === 'HEAD' ? undefined : 'OK');
  return undefined;
}

async function version(call: Call): Promise<Reply> {
  return ok(await systemVersion(call));
}

async function info(call: Call): Promise<Reply> {
  return ok(await systemInfo(call));
}

const kinds = ['container', 'image', 'volume', 'build-cache'];

async function usage(call: Call): Promise<Reply> {
  const wanted = call.query.all('type');
  for (const type of wanted) if (!kinds.includes(type)) throw badRequest(`unknown object type: ${type.slice(0, 60)}`);
  const has = (type: string) => wanted.length === 0 || wanted.includes(type);
  const { images, layerBytes, containers, volumes, cache } = await call.engine.system.usage();
  const { minor } = call;
  const body: SystemUsage = {
    ...(has('image') ? { LayersSize: layerBytes, Images: await Promise.all(images.map(async ({ image, bytes, sharedBytes, containers: users }) => ({ ...encodeImageSummary(await call.daemon.imageFacts.describe(image), { minor, containers: users, sharedBytes }), Size: bytes }))) } : {}),
    ...(has('container') ? { Containers: containers.map(({ container, bytes, rootBytes }) => encodeContainerSummary(container, { written: bytes, total: rootBytes })) } : {}),
    ...(has('volume') ? { Volumes: volumes.map(({ volume, bytes, users }) => encodeVolume(volume, { bytes, users })) } : {}),
    ...(has('build-cache')
      ? {
          BuildCache: cache.map((entry) => ({
            ID: entry.id,
            Type: entry.kind === 'mount' ? 'exec.cachemount' : 'regular',
            Description: entry.description,
            InUse: false,
            Shared: false,
            Size: entry.bytes,
            CreatedAt: entry.created.toISOString(),
            LastUsedAt: entry.used.toISOString(),
            UsageCount: entry.uses,
          })),
          BuilderSize: cache.reduce((sum, entry) => sum + entry.bytes, 0),
        }
      : {}),
  };
  return ok(body);
}

export const systemRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/_ping', handler: ping },
  { method: 'HEAD', path: '/_ping', handler: ping },
  { method: 'GET', path: '/version', handler: version },
  { method: 'GET', path: '/info', handler: info },
  { method: 'GET', path: '/system/df', handler: usage },
];

