import type { ImageLayer } from '@caisson/core';
import type { BuildMemory, RememberedStep } from '../build/memory.js';
import { instructionText } from './instruction.js';

/** Where a layer comes from: a line of a Dockerfile, and what the last build of it did there. */
export interface LayerOrigin {
  readonly dockerfile: string;
  readonly line: number;
  readonly endLine: number;
  readonly cached: boolean;
  readonly reason?: string;
  readonly seconds?: number;
}

/** Ties the layers of images that were built here to the lines that made them. */
export class LinesByLayer {
  readonly #memory: BuildMemory;

  constructor(memory: BuildMemory) {
    this.#memory = memory;
  }

  /** One for each layer of the list, undefined where it is not known: base layers, images from elsewhere. */
  origins(imageId: string, layers: readonly ImageLayer[]): readonly (LayerOrigin | undefined)[] {
    const build = this.#memory.build(imageId);
    if (build === undefined) return layers.map(() => undefined);
    const matched = matchSteps(layers, build.steps);
    return matched.map((step) => {
      if (step === undefined) return undefined;
      const { line, endLine, cached, reason, seconds } = step;
      return { dockerfile: build.plan.dockerfile, line, endLine, cached, ...(reason === undefined ? {} : { reason }), ...(seconds === undefined ? {} : { seconds }) };
    });
  }

  /** The Dockerfile that the image was built from here, if it was. */
  dockerfile(imageId: string): string | undefined {
    return this.#memory.build(imageId)?.plan.dockerfile;
  }
}

/**
 * By diff ID where the build told it; else by text, from the top down: the history of an image ends with its Dockerfile's instructions, in
 * their order, and each step is used once.
 */
export function matchSteps(layers: readonly ImageLayer[], steps: readonly RememberedStep[]): readonly (RememberedStep | undefined)[] {
  const result: (RememberedStep | undefined)[] = layers.map(() => undefined);
  let next = steps.length - 1;
  for (let i = layers.length - 1; i >= 0 && next >= 0; i--) {
    const layer = layers[i];
    if (layer === undefined) continue;
    for (let candidate = next; candidate >= 0; candidate--) {
      const step = steps[candidate];
      if (step === undefined || !fits(layer, step)) continue;
      result[i] = step;
      next = candidate - 1;
      break;
    }
  }
  return result;
}

function fits(layer: ImageLayer, step: RememberedStep): boolean {
  if (step.diffId !== undefined && layer.diffId !== undefined) return step.diffId === layer.diffId;
  const made = normalized(instructionText(layer.createdBy));
  const asked = normalized(step.title.replace(/^\[[^\]]*\]\s*/, ''));
  if (made === '' || asked === '') return false;
  // Titles may be cut; histories have variables filled in: then the keyword decides, of steps that make no layer.
  return made === asked || made.startsWith(asked) || asked.startsWith(made) || (layer.empty && keyword(made) === keyword(asked) && step.title.includes('$'));
}

function normalized(text: string): string {
  return text.toLowerCase().replace(/\/tcp\b|:\{\}|^(expose) map/g, '$1').replace(/["'[\],=]/g, ' ').replace(/…$/, '').replace(/\s+/g, ' ').trim();
}

function keyword(text: string): string {
  return text.slice(0, text.indexOf(' ')).trim();
}
