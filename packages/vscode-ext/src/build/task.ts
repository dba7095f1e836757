import { CustomExecution, EventEmitter, l10n, Task, TaskGroup, TaskScope, tasks, workspace, type Pseudoterminal, type TaskDefinition, type WorkspaceFolder } from 'vscode';
import { dirname, isAbsolute, join } from 'node:path';
import type { App } from '../app.js';
import { formatSeconds } from '../format/units.js';
import { toTerminal } from '../terminals/text.js';
import type { Builder } from './commands.js';
import { suggestedTag, type BuildPlan } from './plan.js';
import { faultOf, problemLine, terminalLine } from './report.js';
import type { BuildSession } from './session.js';

const type = 'caisson-build';

/** As in tasks.json; paths are relative to the workspace folder. */
interface BuildTaskDefinition extends TaskDefinition {
  readonly dockerfile?: string;
  readonly context?: string;
  readonly target?: string;
  readonly tags?: readonly string[];
  readonly args?: Readonly<Record<string, string>>;
  readonly noCache?: boolean;
  readonly pull?: boolean;
}

/** Tasks that build: one for each Dockerfile, and those of tasks.json. */
export function registerTasks(app: App, builder: () => Promise<Builder>): void {
  const make = (definition: BuildTaskDefinition, folder: WorkspaceFolder): Task => {
    const execution = new CustomExecution(async () => new BuildTerminal((await builder()).session(planOf(definition, folder.uri.fsPath))));
    const task = new Task(definition, folder, definition.dockerfile ?? 'Dockerfile', type, execution, '$caisson-build');
    task.group = TaskGroup.Build;
    task.detail = l10n.t('Build an image with Caisson');
    return task;
  };
  app.context.subscriptions.push(
    tasks.registerTaskProvider(type, {
      async provideTasks() {
        const found = await workspace.findFiles('**/{Dockerfile,Containerfile,*.dockerfile}', '**/node_modules/**', 100);
        return found.flatMap((uri) => {
          const folder = workspace.getWorkspaceFolder(uri);
          return folder === undefined ? [] : [make({ type, dockerfile: workspace.asRelativePath(uri, false) }, folder)];
        });
      },
      resolveTask(task) {
        const folder = typeof task.scope === 'object' ? task.scope : task.scope === TaskScope.Workspace ? workspace.workspaceFolders?.[0] : undefined;
        const chosen = folder ?? workspace.workspaceFolders?.[0];
        // The very definition has to come back.
        return chosen === undefined ? undefined : make(task.definition as BuildTaskDefinition, chosen);
      },
    }),
  );
}

export function planOf({ dockerfile = 'Dockerfile', context, target, tags, args, noCache, pull }: Omit<BuildTaskDefinition, 'type'>, folder: string): BuildPlan {
  const absolute = (path: string) => (isAbsolute(path) ? path : join(folder, path));
  const file = absolute(dockerfile);
  const place = context === undefined ? dirname(file) : absolute(context);
  return {
    dockerfile: file,
    context: place,
    tags: tags ?? [suggestedTag(place, target)],
    args: args ?? {},
    ...(target === undefined ? {} : { target }),
    ...(noCache === undefined ? {} : { noCache }),
    ...(pull === undefined ? {} : { pull }),
  };
}

/** A build on a terminal, line by line; closing the terminal or ctrl-c cancels it. */
class BuildTerminal implements Pseudoterminal {
  readonly #write = new EventEmitter<string>();
  readonly #close = new EventEmitter<number>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #session: BuildSession;
  readonly #early: string[] = [];
  #open = false;

  constructor(session: BuildSession) {
    this.#session = session;
    session.onChange((change) => {
      const text = terminalLine(change, session.plan);
      if (text !== undefined) this.#print(toTerminal(text));
    });
  }

  open(): void {
    this.#open = true;
    for (const text of this.#early.splice(0)) this.#write.fire(text);
    void this.#session.outcome.then((outcome) => {
      if (outcome.kind === 'failed') {
        const fault = faultOf(this.#session, outcome.error);
        // A step that failed has told so in its own line.
        if (this.#session.progress.failed === undefined) this.#print(toTerminal(problemLine(fault.file, fault.range, 'error', fault.message)));
        this.#print(`\x1b[31m${toTerminal(fault.message)}\x1b[0m\r\n`);
      } else if (outcome.kind === 'succeeded') this.#print(`\x1b[32m${l10n.t('Built {0} in {1}', this.#session.plan.tags.join(', '), formatSeconds(outcome.seconds))}\x1b[0m\r\n`);
      this.#close.fire(outcome.kind === 'succeeded' ? 0 : outcome.kind === 'failed' ? 1 : 130);
    });
  }

  close(): void {
    this.#session.cancel();
  }

  handleInput(data: string): void {
    if (data === '\x03') this.#session.cancel();
  }

  #print(text: string): void {
    if (this.#open) this.#write.fire(text);
    else this.#early.push(text);
  }
}
