const swarm = "docker's swarm mode is not part of Caisson";

/** docker's commands that Caisson does not have, and why: to who types them, they are no mistakes of spelling. */
const reasons: Readonly<Record<string, string>> = {
  checkpoint: 'checkpoints are experimental in docker, and gone from its documentation',
  config: swarm,
  node: swarm,
  plugin: 'Caisson has no plugins that run inside the engine',
  secret: swarm,
  service: swarm,
  stack: swarm,
  swarm,
  trust: 'docker has given signatures of this kind up itself',
};

/** One line about a command of docker's that there is not here; undefined for all others. */
export function absentCommand(name: string): string | undefined {
  return Object.hasOwn(reasons, name) ? `there is no command '${name}': ${reasons[name]}` : undefined;
}
