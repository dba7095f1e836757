import type { ImageHistoryEntry } from '../types/image.js';

/** Instructions that make no layer. */
const configOnly = /^(?:ARG|CMD|ENTRYPOINT|ENV|EXPOSE|HEALTHCHECK|LABEL|MAINTAINER|ONBUILD|SHELL|STOPSIGNAL|USER|VOLUME)\b/;

/** How likely it is that a step without a size made a layer: the lower, the likelier. */
function doubt({ CreatedBy }: ImageHistoryEntry): number {
  const instruction = CreatedBy.replace(/^\/bin\/sh -c #\(nop\)\s+/, '');
  if (configOnly.test(instruction)) return 3;
  if (/^WORKDIR\b/.test(instruction)) return 1;
  return /^(?:ADD|COPY|RUN|\/bin\/sh -c)\b/.test(instruction) ? 0 : 2;
}

/**
 * Which steps of a history, the lowest first, made the image's `layers`. docker's API tells only their sizes, and a layer without files has
 * none: of steps without a size those are taken whose instruction can have made one.
 */
export function layerSteps(steps: readonly ImageHistoryEntry[], layers: number): ReadonlySet<ImageHistoryEntry> {
  const sized = steps.filter(({ Size }) => Size > 0);
  const others = steps.filter(({ Size }) => Size <= 0).sort((a, b) => doubt(a) - doubt(b));
  return new Set([...sized, ...others].slice(0, layers));
}
