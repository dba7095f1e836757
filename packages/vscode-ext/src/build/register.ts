import { commands } from 'vscode';
import type { App } from '../app.js';
import type { Builder } from './commands.js';
import type { BuildPlan } from './plan.js';
import { BuildView } from './view.js';
import { registerTasks } from './task.js';

/** Commands, tasks and view of builds. What builds is loaded with the first build. */
export function registerBuilds(app: App): () => Promise<Builder> {
  let made: Promise<Builder> | undefined;
  const builder = () => (made ??= import('./commands.js').then((module) => new module.Builder(app, () => view)));
  const run = async (image: string, plan: BuildPlan) => (await import('../run/commands.js')).runImage(app, plan.tags[0] ?? image, plan.tags[0] ?? image);
  const view: BuildView = new BuildView(app, {
    again: (session) => void app.attempt(async () => (await builder()).start(session.plan)),
    run: (image, session) => void app.attempt(() => run(image, session.plan)),
    layers: (image) => void app.attempt(async () => (await import('../layers/commands.js')).openLayersOf(app, await builder(), image)),
    reveal: (session, line) => void app.attempt(async () => (await builder()).reveal(session.plan, line)),
  });
  const build = (given: unknown) => app.attempt(async () => (await builder()).build(given));
  app.context.subscriptions.push(
    commands.registerCommand('caisson.build', build),
    // The image is made anew first: what is run is what the file says.
    commands.registerCommand('caisson.run', (given: unknown) =>
      app.attempt(async () => {
        const plan = await (await builder()).planFor(given);
        const outcome = plan && (await (await builder()).start(plan));
        if (outcome?.kind === 'succeeded') await run(outcome.result.imageId, plan as BuildPlan);
      }),
    ),
    commands.registerCommand('caisson.showLastBuild', () => commands.executeCommand('caisson.build.focus')),
    commands.registerCommand('caisson.buildAgain', () =>
      app.attempt(async () => {
        const [plan] = (await builder()).memory.recent;
        if (plan === undefined) await build(undefined);
        else await (await builder()).start(plan);
      }),
    ),
  );
  registerTasks(app, builder);
  return builder;
}
