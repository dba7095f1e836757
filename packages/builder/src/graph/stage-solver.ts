import { CaissonError, throwIfAborted, type BuildStepInfo, type SourceRange } from '@caisson/core';
import { parseDockerfile, StageScope, type AddInstruction, type CopyInstruction, type Instruction, type ResolvedFile, type ResolvedStage, type RunInstruction, type WorkdirInstruction } from '@caisson/dockerfile';
import type { Explainer } from '../cache/explain.js';
import type { ImageDraft } from '../config/image-draft.js';
import { problemError, withRange } from '../faults.js';
import type { Session, StepContext } from '../session.js';
import type { SolvedStep } from '../steps/cached-step.js';
import { copyStep, type StepBase } from '../steps/copy-step.js';
import { execStep } from '../steps/exec-step.js';
import { applyMetadata, environment, joinWorkdir } from '../steps/metadata.js';
import { workdirStep } from '../steps/workdir-step.js';
import { addSources } from './add-sources.js';
import { copySpec } from './copy-spec.js';
import type { FileSource } from './file-source.js';
import { contextPath, joinWindowsPath, windowsShell } from '../windows/paths.js';
import { checkRunnable } from './foreign-platform.js';
import { runSpec } from './run-spec.js';
import { shorten, stepInfos, stageTitle } from './step-infos.js';

/** What a stage asks of the rest of the build. */
export interface StageNeeds {
  readonly session: Session;
  readonly file: ResolvedFile;
  readonly fileName: string;
  readonly explainer: Explainer;
  /** In front of step IDs, where the build is for several platforms. */
  readonly prefix: string;
  base(stage: ResolvedStage, info: BuildStepInfo): Promise<ImageDraft>;
  /** The files of a stage, an image or a named context; of the build context for no name. */
  source(from: string | undefined): Promise<FileSource>;
}

type LayerInstruction = RunInstruction | CopyInstruction | AddInstruction | WorkdirInstruction;

/** Carries out one stage, instruction by instruction. */
export class StageSolver {
  readonly #needs: StageNeeds;
  readonly #session: Session;
  readonly #stage: ResolvedStage;
  readonly #infos: ReadonlyMap<Instruction, BuildStepInfo>;
  readonly #noCache: boolean;

  constructor(needs: StageNeeds, stage: ResolvedStage) {
    this.#needs = needs;
    this.#session = needs.session;
    this.#stage = stage;
    this.#infos = stepInfos(needs.file, stage, needs.fileName, needs.prefix);
    const { noCache, noCacheStages } = needs.session.request;
    this.#noCache = (noCache ?? false) || (noCacheStages?.some((name) => name.toLowerCase() === stage.name || name === String(stage.index)) ?? false);
  }

  async solve(): Promise<ImageDraft> {
    const session = this.#session;
    session.report({ type: 'stage', stage: stageTitle(this.#needs.file, this.#stage), steps: [...this.#infos.values()] });
    const from = this.#info(this.#stage.from);
    let draft: ImageDraft | undefined;
    await this.#reported(from, async () => {
      draft = await this.#needs.base(this.#stage, from);
      return { cached: true };
    });
    if (!draft) throw new CaissonError('internal', 'a stage has no base');
    const scope = this.#scope(draft);
    const baseLayers = draft.layers.length;
    for (const instruction of [...this.#triggers(draft), ...this.#stage.instructions]) {
      throwIfAborted(session.signal);
      await this.#carryOut(draft, scope, instruction, baseLayers);
    }
    for (const name of scope.args.keys()) session.declaredArgs.add(name);
    return draft;
  }

  async #carryOut(draft: ImageDraft, scope: StageScope, instruction: Instruction, baseLayers: number): Promise<void> {
    if (instruction.kind === 'run' || instruction.kind === 'copy' || instruction.kind === 'add' || instruction.kind === 'workdir') {
      const base: StepBase = { diffIds: draft.diffIds, chain: draft.chain, onBase: draft.layers.length === baseLayers ? draft.origin : undefined, image: draft.absent && { name: draft.baseName, layers: draft.baseLayers, absent: draft.absent }, ...(isWindows(draft) ? { windows: { unread: draft.baseLayers } } : {}) };
      await this.#reported(this.#info(instruction), () => this.#layerStep(draft, scope, instruction, base));
      return;
    }
    try {
      if (!applyMetadata(draft, scope, instruction)) throw new CaissonError('invalid-content', `${instruction.name} cannot stand here`);
    } catch (error) {
      throw withRange(error, this.#range(instruction));
    }
  }

  async #layerStep(draft: ImageDraft, scope: StageScope, instruction: LayerInstruction, base: StepBase): Promise<SolvedStep> {
    const session = this.#session;
    const context = (text: string): StepContext => ({ session, info: this.#info(instruction), explainer: this.#needs.explainer, instruction: text, noCache: this.#noCache });
    let made: SolvedStep;
    let createdBy: string;
    if (instruction.kind === 'run') {
      const run = await runSpec(session, draft, scope, instruction, (from) => this.#needs.source(from));
      createdBy = run.createdBy;
      made = await execStep(context(run.text), { ...base, layers: draft.layers }, run.spec, () => checkRunnable(session.host.platform, draft.platform));
    } else if (instruction.kind === 'workdir') {
      const path = (isWindows(draft) ? joinWindowsPath : joinWorkdir)(draft.config.WorkingDir, scope.expand(instruction.path));
      createdBy = `WORKDIR ${path}`;
      made = await workdirStep(context(createdBy), base, path);
      draft.config.WorkingDir = path;
    } else {
      const copy = await copySpec(draft, scope, instruction, (paths) => this.#copySources(scope, instruction, isWindows(draft) ? paths.map(contextPath) : paths));
      createdBy = copy.createdBy;
      made = await copyStep(context(createdBy), base, copy.spec);
    }
    if (made.layer) {
      draft.addLayer(made.layer, createdBy);
      session.layers.add(draft.layers.slice(-1));
    } else draft.addEmpty(createdBy);
    return made;
  }

  async #copySources(scope: StageScope, instruction: CopyInstruction | AddInstruction, paths: readonly string[]) {
    if (paths.length === 0) return [];
    if (instruction.kind === 'copy') return [(await this.#needs.source(instruction.from?.value)).copy(paths)];
    const { keepGitDir, unpack } = instruction;
    const checksum = instruction.checksum?.value === undefined ? undefined : scope.expand(instruction.checksum.value, instruction.checksum.valueRange);
    return addSources(this.#session, { keepGitDir, unpack, checksum }, paths, () => this.#session.contexts.main());
  }

  /** Runs a step, reports its beginning and end, and gives a failure its place in the Dockerfile. */
  async #reported(info: BuildStepInfo, work: () => Promise<SolvedStep>): Promise<void> {
    const { report } = this.#session;
    const start = Date.now();
    report({ type: 'started', step: info });
    try {
      const { layer, cached } = await work();
      report({ type: 'done', step: info.id, seconds: (Date.now() - start) / 1000, cached, ...(layer ? { layer } : {}) });
    } catch (error) {
      const placed = withRange(error, info.range);
      report({ type: 'failed', step: info.id, message: placed instanceof Error ? placed.message : String(placed) });
      throw placed;
    }
  }

  #scope(draft: ImageDraft): StageScope {
    const { report, request } = this.#session;
    return new StageScope({
      escape: this.#needs.file.file.escape,
      env: environment(draft.config),
      globalArgs: this.#needs.file.globalArgs,
      buildArgs: request.buildArgs ?? {},
      ...(draft.config.Shell ? { shell: draft.config.Shell } : isWindows(draft) ? { shell: windowsShell } : {}),
      onUndefined: (name, range) => {
        report({ type: 'warning', message: `the variable ${name} is not set here`, ...(range ? { range: { ...range, file: this.#needs.fileName } } : {}) });
      },
    });
  }

  /** ONBUILD of the base, which are carried out once and then gone. */
  #triggers(draft: ImageDraft): Instruction[] {
    const triggers = draft.config.OnBuild ?? [];
    delete draft.config.OnBuild;
    return triggers.flatMap((text) => {
      // A file of its own needs a stage.
      const parsed = parseDockerfile(`FROM scratch\n${text}`);
      const [problem] = parsed.errors;
      if (problem) throw problemError({ ...problem, range: this.#stage.from.range, message: `ONBUILD of the base: ${problem.message}` }, this.#needs.fileName);
      return parsed.instructions.slice(1);
    });
  }

  #info(instruction: Instruction): BuildStepInfo {
    const known = this.#infos.get(instruction);
    if (known) return known;
    const stage = stageTitle(this.#needs.file, this.#stage);
    return { id: `${this.#needs.prefix}${stage}/onbuild ${shorten(instruction.line)}`, stage, title: `[${stage} onbuild] ${shorten(instruction.line)}`, range: this.#range(this.#stage.from) };
  }

  #range(instruction: Instruction): SourceRange {
    return this.#infos.get(instruction)?.range ?? { ...instruction.range, file: this.#needs.fileName };
  }
}

function isWindows(draft: ImageDraft): boolean {
  return draft.platform.os === 'windows';
}
