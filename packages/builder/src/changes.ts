import { CaissonError, hostPlatform, type ContainerDefaults } from '@caisson/core';
import { parseDockerfile, StageScope } from '@caisson/dockerfile';
import { ImageDraft } from './config/image-draft.js';
import { withRange } from './faults.js';
import { applyMetadata, environment, joinWorkdir } from './steps/metadata.js';

/**
 * Applies Dockerfile instructions to an image's defaults, as `import --change` and `commit --change` do: those that make no layer.
 * @throws CaissonError `invalid-argument` that names the instruction
 */
export function applyChanges(config: ContainerDefaults, instructions: readonly string[]): ContainerDefaults {
  const draft = ImageDraft.empty(hostPlatform(), '');
  Object.assign(draft.config, { Env: [], ...config });
  for (const text of instructions) {
    const bad = (why: string, cause?: unknown): never => {
      throw new CaissonError('invalid-argument', `--change ${JSON.stringify(text.slice(0, 200))}: ${why}`, cause === undefined ? {} : { cause });
    };
    const { instructions: parsed, errors } = parseDockerfile(`FROM scratch\n${text}`);
    const [, instruction, more] = parsed;
    if (errors[0]) bad(errors[0].message);
    if (!instruction || more) return bad('it is not one instruction');
    const scope = new StageScope({ env: environment(draft.config), ...(draft.config.Shell ? { shell: draft.config.Shell } : {}) });
    try {
      if (instruction.kind === 'workdir') draft.config.WorkingDir = joinWorkdir(draft.config.WorkingDir, scope.expand(instruction.path));
      else if (instruction.kind === 'arg' || !applyMetadata(draft, scope, instruction)) bad(`${instruction.kind.toUpperCase()} cannot be applied to an image`);
    } catch (error) {
      if (error instanceof CaissonError) throw error;
      const ranged = withRange(error, instruction.range);
      bad(ranged instanceof Error ? ranged.message : String(ranged), error);
    }
  }
  return draft.config;
}
