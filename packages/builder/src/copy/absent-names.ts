import type { ImageConfig, RawPath } from '@caisson/core';

/** Folders at the root that any base may have, or have as links: the Filesystem Hierarchy Standard's, and what distributions add to them. */
const standardNames: ReadonlySet<string> = new Set([
  'afs', 'bin', 'boot', 'dev', 'etc', 'home', 'lib', 'lib32', 'lib64', 'libx32', 'lost+found', 'media', 'mnt', 'nix', 'opt', 'ostree', 'proc', 'root', 'run', 'sbin', 'snap', 'srv', 'sys', 'sysroot', 'tmp', 'usr', 'var',
]);

/**
 * Tells from an image's config alone which names at its root it surely uses for nothing, so that a COPY to /app need not read the layers
 * to know that there is no /app. A name counts as absent that no base has as a matter of course, and that the config has nowhere: not in
 * what containers are given, and not in the commands that made the image. It is a guess of which the files themselves are the proof: a
 * base can have such a name without a word of it.
 *
 * Only names at the root are guessed. Below /opt, /srv or /home it would not do: docker and podman make a folder that a layer does not
 * describe root's with mode 0755, so a layer must say what the folder is like where it is anything else, and that stands in the base.
 */
export class AbsentNames {
  readonly #texts: readonly string[];
  readonly #known = new Map<string, boolean>();

  constructor(config: ImageConfig) {
    this.#texts = textsOf(config);
  }

  /** Whether what this path leads to lies at or below an absent name. Takes paths that are free of `..`, with or without a slash in front. */
  has(path: RawPath): boolean {
    const name = /^\/*([^/]+)/.exec(path)?.[1];
    // Others than plain names are not looked for in texts: their quoting there is anybody's guess.
    if (name === undefined || standardNames.has(name) || !/^\w[\w+-]*(?:\.\w[\w+-]*)*$/.test(name)) return false;
    let absent = this.#known.get(name);
    if (absent === undefined) this.#known.set(name, (absent = !this.#mentions(name)));
    return absent;
  }

  #mentions(name: string): boolean {
    const word = new RegExp(`(?<!\\w)${name.replace(/[.+]/g, '\\$&')}(?!\\w)`);
    return this.#texts.some((text) => word.test(text));
  }
}

/** All that people have written in a config, each text by itself. */
function textsOf({ config = {}, history = [], author }: ImageConfig): string[] {
  const { Labels, Volumes, ...rest } = config;
  const texts = [author ?? '', ...Object.entries(Labels ?? {}).flat(), ...Object.keys(Volumes ?? {}), ...history.flatMap((entry) => [entry.created_by ?? '', entry.comment ?? ''])];
  const collect = (value: unknown): void => {
    if (typeof value === 'string') texts.push(value);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(collect);
  };
  collect(rest);
  return texts;
}
