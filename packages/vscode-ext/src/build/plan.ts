import { parseReference, withDefaultTag, type BuildRequest } from '@caisson/core';

/** What the user wants built: remembered for each Dockerfile, and the definition of a task. */
export interface BuildPlan {
  /** Paths of this host. */
  readonly dockerfile: string;
  readonly context: string;
  /** Name or number of a stage; absent: the last. */
  readonly target?: string;
  readonly tags: readonly string[];
  readonly args: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  /** Asks the registry even for bases that are there. */
  readonly pull?: boolean;
}

/** @throws CaissonError `invalid-argument` for a tag that is no image name */
export function requestOf(plan: BuildPlan): BuildRequest {
  return {
    context: { kind: 'folder', path: plan.context },
    dockerfile: { path: plan.dockerfile },
    tags: plan.tags.map((tag) => withDefaultTag(parseReference(tag))),
    buildArgs: plan.args,
    ...(plan.target === undefined ? {} : { target: plan.target }),
    ...(plan.noCache === undefined ? {} : { noCache: plan.noCache }),
    ...(plan.pull === undefined ? {} : { pull: plan.pull }),
  };
}

/** A name for an image, from its folder's: `My App` becomes `my-app`. */
export function suggestedTag(folder: string, target?: string): string {
  const clean = (text: string) => text.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-+|-+$/g, '');
  const base = clean(folder.split(/[/\\]/).filter(Boolean).at(-1) ?? '') || 'image';
  return target === undefined || clean(target) === '' ? `${base}:latest` : `${base}-${clean(target)}:latest`;
}

/** `NAME=value` for each line or word; a name alone, or nothing before `=`, is left out. */
export function parseArgs(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(/\n/)
      .map((line) => line.trim())
      .flatMap((line) => {
        const equals = line.indexOf('=');
        return equals > 0 ? [[line.slice(0, equals), line.slice(equals + 1)]] : [];
      }),
  );
}
