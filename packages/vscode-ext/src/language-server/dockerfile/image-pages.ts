/** A reference taken apart as FROM has it. */
export interface ImageName {
  readonly registry: string;
  readonly repository: string;
  /** `:tag` and `@digest`. */
  readonly suffix: string;
}

export function parseImageName(reference: string): ImageName | undefined {
  const match = /^((?:[a-zA-Z0-9.-]+(?::\d+)?\/)?[\w./-]+?)((?::[\w.-]+)?(?:@\w+:[0-9a-f]+)?)$/.exec(reference);
  const name = match?.[1];
  if (name === undefined || name === 'scratch') return undefined;
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const suffix = match?.[2] ?? '';
  if (first === 'localhost' || /[.:]/.test(first)) return { registry: first === 'index.docker.io' ? 'docker.io' : first, repository: name.slice(slash + 1), suffix };
  return { registry: 'docker.io', repository: slash < 0 ? `library/${name}` : name, suffix };
}

const pages: Readonly<Record<string, (repository: string) => string>> = {
  'docker.io': (repository) => (repository.startsWith('library/') ? `https://hub.docker.com/_/${repository.slice('library/'.length)}` : `https://hub.docker.com/r/${repository}`),
  'ghcr.io': (repository) => `https://ghcr.io/${repository}`,
  'quay.io': (repository) => `https://quay.io/repository/${repository}`,
  'mcr.microsoft.com': (repository) => `https://mcr.microsoft.com/artifact/mar/${repository}`,
  'public.ecr.aws': (repository) => `https://gallery.ecr.aws/${repository}`,
  'gcr.io': (repository) => `https://gcr.io/${repository}`,
  'registry.gitlab.com': (repository) => `https://gitlab.com/${repository}`,
  'registry.access.redhat.com': (repository) => `https://catalog.redhat.com/software/containers/${repository}`,
};

/** The page that describes an image; undefined for registries that have none known. */
export function imagePage(reference: string): string | undefined {
  const name = parseImageName(reference);
  if (!name) return undefined;
  return Object.hasOwn(pages, name.registry) ? pages[name.registry]?.(name.repository) : undefined;
}

/** The ways in which FROM may name the same image: with and without `docker.io/library/` and `:latest`. */
export function referenceForms(reference: string): string[] {
  const name = parseImageName(reference);
  if (!name) return [reference];
  const { registry, repository, suffix } = name;
  const names = [`${registry}/${repository}`, ...(registry === 'docker.io' ? [repository, ...(repository.startsWith('library/') ? [repository.slice('library/'.length)] : [])] : [])];
  const suffixes = suffix === '' || suffix === ':latest' ? ['', ':latest'] : [suffix];
  return names.flatMap((one) => suffixes.map((end) => one + end));
}
