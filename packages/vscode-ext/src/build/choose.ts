import { dirname, relative } from 'node:path';
import { l10n, Uri, window, workspace, type QuickPickItem } from 'vscode';
import type { BuildMemory } from './memory.js';
import { parseArgs, suggestedTag, type BuildPlan } from './plan.js';
import { stagesOf } from './stages.js';

/** Asks for what is not given, each with the last choice as the default. Undefined when the user goes away. */
export async function choosePlan(memory: BuildMemory, dockerfile?: string): Promise<BuildPlan | undefined> {
  const file = dockerfile ?? (await chooseDockerfile(memory));
  if (file === undefined) return undefined;
  const before = memory.plan(file);
  const context = await chooseContext(file, before?.context);
  if (context === undefined) return undefined;
  const target = await chooseTarget(file, before?.target);
  if (target === undefined) return undefined;
  const tags = await window.showInputBox({ title: l10n.t('Name of the image'), prompt: l10n.t('One or several names, with a space between them'), value: before?.tags.join(' ') ?? suggestedTag(context, target.stage) });
  if (tags === undefined) return undefined;
  const args = await chooseArgs(file, before?.args ?? {});
  if (args === undefined) return undefined;
  return { dockerfile: file, context, tags: tags.split(/\s+/).filter(Boolean), args, ...(target.stage === undefined ? {} : { target: target.stage }) };
}

/** Without any question: as it was built the last time, or as most would have it. */
export function defaultPlan(memory: BuildMemory, dockerfile: string, target?: string): BuildPlan {
  const before = memory.plan(dockerfile, target);
  if (before !== undefined && before.target === target) return before;
  const context = memory.plan(dockerfile)?.context ?? contextSetting(dockerfile);
  return { dockerfile, context, tags: [suggestedTag(context, target)], args: memory.plan(dockerfile)?.args ?? {}, ...(target === undefined ? {} : { target }) };
}

/** The setting is relative to the workspace folder. */
function contextSetting(dockerfile: string): string {
  const uri = Uri.file(dockerfile);
  const asked = workspace.getConfiguration('caisson', uri).get<string>('context', '');
  if (asked === '') return dirname(dockerfile);
  const folder = workspace.getWorkspaceFolder(uri)?.uri ?? Uri.file(dirname(dockerfile));
  return asked.startsWith('/') ? asked : Uri.joinPath(folder, asked).fsPath;
}

async function chooseDockerfile(memory: BuildMemory): Promise<string | undefined> {
  const active = window.activeTextEditor?.document;
  if (active?.languageId === 'dockerfile' && active.uri.scheme === 'file') return active.uri.fsPath;
  const found = await workspace.findFiles('**/{Dockerfile,Containerfile,Dockerfile.*,*.dockerfile}', '**/node_modules/**', 500);
  const paths = [...new Set([...memory.recent.map((plan) => plan.dockerfile), ...found.filter((uri) => !uri.path.endsWith('.dockerignore')).map((uri) => uri.fsPath)])];
  if (paths.length === 0) void window.showInformationMessage(l10n.t('There is no Dockerfile in this workspace.'));
  if (paths.length <= 1) return paths[0];
  const items = paths.map((path) => ({ label: workspace.asRelativePath(path), path }));
  return (await window.showQuickPick(items, { title: l10n.t('Dockerfile to build') }))?.path;
}

async function chooseContext(dockerfile: string, before: string | undefined): Promise<string | undefined> {
  const folder = workspace.getWorkspaceFolder(Uri.file(dockerfile))?.uri.fsPath;
  const paths = [...new Set([before, contextSetting(dockerfile), dirname(dockerfile), folder].filter((path) => path !== undefined))];
  if (paths.length === 1) return paths[0];
  const items: (QuickPickItem & { readonly path?: string })[] = [...paths.map((path) => ({ label: folder === undefined ? path : relative(folder, path) || '.', description: path, path })), { label: l10n.t('Another folder…') }];
  const chosen = await window.showQuickPick(items, { title: l10n.t('Context of the build'), placeHolder: l10n.t('The folder that COPY takes files from') });
  if (chosen === undefined || chosen.path !== undefined) return chosen?.path;
  return (await window.showOpenDialog({ canSelectFolders: true, canSelectFiles: false, title: l10n.t('Context of the build') }))?.[0]?.fsPath;
}

async function chooseTarget(dockerfile: string, before: string | undefined): Promise<{ readonly stage: string | undefined } | undefined> {
  const stages = await stagesOf(dockerfile);
  if (stages.length <= 1) return { stage: undefined };
  const last = stages.at(-1);
  const items = stages.toReversed().map((stage) => ({ label: stage.name, description: [stage.base, stage === last ? l10n.t('the last stage') : '', stage.name === before ? l10n.t('as the last time') : ''].filter(Boolean).join(' · '), stage: stage === last ? undefined : stage.name }));
  return window.showQuickPick(items, { title: l10n.t('Stage to build') });
}

async function chooseArgs(dockerfile: string, before: Readonly<Record<string, string>>): Promise<Readonly<Record<string, string>> | undefined> {
  const names = [...new Set((await stagesOf(dockerfile)).flatMap((stage) => stage.args))];
  if (names.length === 0 && Object.keys(before).length === 0) return {};
  const value = Object.entries(before).map(([name, text]) => `${name}=${text}`).join(' ');
  const text = await window.showInputBox({ title: l10n.t('Build arguments'), prompt: l10n.t('NAME=value, with spaces between them. The Dockerfile knows: {0}', names.join(', ')), value });
  return text === undefined ? undefined : parseArgs(text.replace(/\s+(?=\w+=)/g, '\n'));
}
