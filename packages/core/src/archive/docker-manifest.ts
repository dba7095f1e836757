import { CaissonError } from '../errors.js';

/** One image of a docker-archive's `manifest.json`: the paths of its parts in the archive, the lowest layer first. */
export interface DockerManifestEntry {
  readonly Config: string;
  readonly RepoTags?: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** @throws CaissonError `invalid-content` */
export function parseDockerManifest(bytes: Uint8Array, name: string): DockerManifestEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CaissonError('invalid-content', `manifest.json of ${name} is not JSON`, { cause });
  }
  const isEntry = (value: unknown): value is DockerManifestEntry => {
    const { Config, Layers, RepoTags } = (value ?? {}) as Record<string, unknown>;
    const texts = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'string');
    return typeof Config === 'string' && texts(Layers) && (RepoTags == null || texts(RepoTags));
  };
  if (!Array.isArray(json) || !json.every(isEntry)) throw new CaissonError('invalid-content', `manifest.json of ${name} is not a list of images`);
  return json;
}
