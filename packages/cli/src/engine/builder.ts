import { join } from 'node:path';
import { Builder, type BuilderHost } from '@caisson/builder';
import { CaissonError, formatPlatform, formatReference, hostPlatform, isCaissonError, openImage, withDefaultTag, type AskCredentials, type EngineParts, type Image, type ImageBuilder, type LocalEngine, type Reference, type RegistryCredentials } from '@caisson/core';
import { stepNetwork } from './step-network.js';

/** The builder on this host's store, registries and runtime. */
export function openBuilder(parts: EngineParts, engine: LocalEngine): ImageBuilder {
  return new CredentialedBuilder(parts, engine);
}

/** A build that brings credentials of its own gets a builder whose registries know them. */
class CredentialedBuilder extends Builder {
  readonly #asking: (ask: AskCredentials | undefined, known: Known) => Builder;

  constructor(parts: EngineParts, engine: LocalEngine) {
    super(builderHost(parts, engine));
    this.#asking = (ask, known) => new Builder(builderHost(withCredentials(parts, ask, known), engine));
  }

  override build(...[request, options]: Parameters<Builder['build']>): ReturnType<Builder['build']> {
    const { registryCredentials: known = {}, client } = request;
    if (!request.registryCredentials && !client) return super.build(request, options);
    // Of a client that can be asked, this host's own credentials are not.
    return this.#asking(client && (async (registry) => known[registry] ?? client.credentials(registry)), known).build(request, options);
  }
}

type Known = Readonly<Record<string, RegistryCredentials>>;

/** The same parts, with credentials of one build for the registries. */
function withCredentials(parts: EngineParts, ask: AskCredentials | undefined, known: Known): EngineParts {
  return {
    ...parts,
    async registry() {
      const registry = await parts.registry();
      return { ...registry, source: (reference) => registry.source(reference, ask ?? known[reference.domain]), sink: (reference) => registry.sink(reference, ask ?? known[reference.domain]) };
    },
  };
}

function builderHost(parts: EngineParts, engine: LocalEngine): BuilderHost {
  const { paths, content, images, db } = parts;
  return {
    content,
    images,
    db,
    cacheFolder: join(paths.dataRoot, 'cache'),
    scratchFolder: join(paths.dataRoot, 'scratch'),
    locksFolder: join(paths.runRoot, 'locks'),
    platform: hostPlatform(),
    async resolveImage(reference, { platform, pull, signal }) {
      const name = formatReference(reference);
      if (!pull)
        try {
          return await engine.images.get(name, { platform });
        } catch (error) {
          if (!isCaissonError(error, 'not-found')) throw error;
        }
      try {
        return await resolveRemote(parts, withDefaultTag(reference), platform, signal);
      } catch (error) {
        const other = !pull && isCaissonError(error) && error.code !== 'cancelled' ? await engine.images.get(name).catch(() => undefined) : undefined;
        if (!other || !isCaissonError(error)) throw error;
        // Where the store has the name, whoever gave it meant that.
        throw new CaissonError(error.code, `the store has ${name} for ${formatPlatform(other.config)} and not for ${formatPlatform(platform)}; ${error.message}`, { cause: error, ...(error.hint === undefined ? {} : { hint: error.hint }) });
      }
    },
    async fetchLayer(reference, image, place, { signal, onProgress }) {
      const layer = image.manifest.layers[place];
      if (!layer) throw new CaissonError('internal', `${formatReference(reference)} has no layer ${place}`);
      // A base that was built here may have layers of its own base elsewhere.
      if (await content.bring(layer.digest, signal ? { signal } : {})) return;
      const source = (await parts.registry()).source(withDefaultTag(reference));
      const call = signal ? { signal } : {};
      await using writer = await content.writer({ ref: layer.digest, expected: layer, ...call });
      if (await content.stat(layer.digest)) return writer.truncate();
      let current = writer.offset;
      for await (const piece of source.blob(layer, { offset: current, ...call })) {
        await writer.write(piece);
        onProgress?.({ id: layer.digest, status: 'copying', current: (current += piece.byteLength), total: layer.size });
      }
      await writer.commit();
    },
    registry: () => parts.registry(),
    async execution() {
      const host = await parts.runtime();
      return { ...host, mounted: (mounts, use) => host.mounted(mounts, use), network: (_id, mode) => stepNetwork(engine, mode) };
    },
  };
}

/** The documents of an image in its registry, kept in the store; its layers stay where they are until they are needed. */
async function resolveRemote(parts: EngineParts, reference: Reference, platform: ReturnType<typeof hostPlatform>, signal: AbortSignal | undefined): Promise<Image> {
  const call = signal ? { signal } : {};
  const source = (await parts.registry()).source(reference);
  const root = await source.resolve(call);
  return openImage(
    async (descriptor) => {
      const bytes = await source.document(descriptor, call);
      await using writer = await parts.content.writer({ ref: descriptor.digest, expected: descriptor, ...call });
      await writer.truncate();
      await writer.write(bytes);
      await writer.commit();
      return bytes;
    },
    root,
    { name: source.name, platform },
  );
}
