import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CaissonError, DatabaseImageStore, LayerOrigins, LayoutStore, LocalEngine, mediaTypes, StateDatabase, uploadSessions, type EngineParts, type LayerOrigin, type RuntimeParts } from '@caisson/core';
import { livingState } from '@caisson/runtime-linux/living';
import packageJson from '../../package.json' with { type: 'json' };
import { containerDefaults, readHostConfig, transferLimits } from './host-config.js';
import { enginePaths, userId } from './paths.js';
import type { RegistrySettings } from './registry-settings.js';

/** `linux`: runc and overlayfs. `hyperv`: Windows' host compute service. */
export type Backend = 'linux' | 'hyperv';

export interface OpenOptions {
  /** Default: CAISSON_ROOT, else `/var/lib/caisson`, or `$XDG_DATA_HOME/caisson` for an ordinary user. */
  readonly dataRoot?: string;
  readonly runRoot?: string;
  /** How registries are reached, asked anew for each call; default: as this host's files say. */
  readonly registrySettings?: () => RegistrySettings;
  /** What runs containers; default: what the host's operating system has. */
  readonly backend?: Backend;
  /** Blobs that a pull and a push move at once; asked anew for each. Default: as the config file says. */
  readonly transferLimits?: NonNullable<EngineParts['transferLimits']>;
  /** This process stays, and tidies up after the containers that it starts: a daemon. */
  readonly resident?: boolean;
}

/**
 * Opens this host's engine. Nothing but the database and the content store is touched: a runtime, a registry client or a builder is
 * loaded when it is first needed, and what is missing on the host is an error only then.
 *
 * @throws CaissonError `denied`, `read-only`, `no-space`, `corrupt`
 */
export function openEngine(options: OpenOptions = {}): LocalEngine {
  const paths = enginePaths(options);
  const db = new StateDatabase(join(paths.dataRoot, 'state.db'));
  const origins = new LayerOrigins(db);
  const content = new LayoutStore(join(paths.dataRoot, 'content'), {
    origin: {
      find(digest) {
        const origin = origins.find(digest);
        return origin && { descriptor: origin.descriptor, open: (offset, options) => fromOrigin(parts, origin, offset, options) };
      },
    },
  });
  const images = new DatabaseImageStore(db, join(content.root, 'index.json'));
  const program = fileURLToPath(new URL('../bin/caisson.cjs', import.meta.url));
  const own = ['--data-root', paths.dataRoot, '--run-root', paths.runRoot];
  const parts: EngineParts = {
    version: packageJson.version,
    paths,
    db,
    content,
    images,
    runtime: once(() => openRuntime(parts, options.backend ?? backendOf(process.platform))),
    // Of an ordinary user's, more has to be known.
    ...(process.platform === 'linux' && options.backend !== 'hyperv' && userId() === 0 ? { living: (id) => livingState(paths.runRoot, id) } : {}),
    registry: once(async () => (await import('./registry.js')).openRegistry(uploadSessions(db), options.registrySettings)),
    builder: once(async () => (await import('./builder.js')).openBuilder(parts, engine)),
    exitCommand: (id, execId) => [process.execPath, program, ...own, 'container-exited', id, ...(execId === undefined ? [] : [execId])],
    attend: () => {
      // A session of its own: ctrl-c and the end of this terminal are not meant for it.
      process.getBuiltinModule('node:child_process').spawn(process.execPath, [program, ...own, 'attend'], { cwd: '/', stdio: 'ignore', detached: true }).unref();
    },
    ...(options.resident ? { resident: true } : {}),
    transferLimits: options.transferLimits ?? (() => transferLimits(readHostConfig())),
    defaults: () => containerDefaults(readHostConfig()),
  };
  const engine = new LocalEngine(parts);
  return engine;
}

/** A layer that was left in its registry. */
async function* fromOrigin(parts: EngineParts, { reference, descriptor }: LayerOrigin, offset: number, { signal }: { signal?: AbortSignal }): AsyncGenerator<Uint8Array, void> {
  const registry = await parts.registry();
  yield* registry.source(reference).blob({ mediaType: mediaTypes.layerGzip, ...descriptor }, { offset, ...(signal ? { signal } : {}) });
}

/** By the host's operating system. @throws CaissonError `unsupported` */
function backendOf(platform: NodeJS.Platform): Backend {
  if (platform === 'linux') return 'linux';
  if (platform === 'win32') return 'hyperv';
  throw new CaissonError('unsupported', `containers cannot be run on ${platform} by this version`, { hint: 'images can be built from COPY-only Dockerfiles, pulled and pushed here' });
}

async function openRuntime(parts: EngineParts, backend: Backend): Promise<RuntimeParts> {
  if (backend === 'linux') return (await import('./linux.js')).openLinux(parts);
  return (await import('../hyperv-engine.js')).openHyperv(parts, fileURLToPath(new URL('../dist/hyperv-helper.cjs', import.meta.url)));
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}
