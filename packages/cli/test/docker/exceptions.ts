const swarm = "docker's swarm is another program's business: its endpoints answer as docker's do with swarm off";

/** Commands and groups of docker's that Caisson does not have, and why. */
export const absentCommands: Readonly<Record<string, string>> = {
  checkpoint: 'experimental in docker, and gone from its documentation',
  plugin: 'Caisson has no plugins that run inside the engine',
  trust: 'Notary v1 is retired; docker itself takes the command out',
  config: swarm,
  node: swarm,
  secret: swarm,
  service: swarm,
  stack: swarm,
  swarm,
  'volume update': 'for cluster volumes only, which are swarm’s',
};

const apiSocket = 'experimental in docker: gives the container the socket of a daemon, which there need not be here';
const checkpoints = 'checkpoints are experimental in docker, and gone from its documentation';
const links = 'links of the kind before networks exist when a container is made, and not apart from it';
const endpointOptions = 'the bridge driver has no options for single containers';

/** Flags of docker's that a command does not have, and why. A path without its group stands for both. */
export const absentFlags: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  run: { '--use-api-socket': apiSocket },
  create: { '--use-api-socket': apiSocket },
  start: { '--checkpoint': checkpoints, '--checkpoint-dir': checkpoints },
  rm: { '-l': links, '--link': links },
  rmi: { '--platform': 'an image is here with the platforms that were pulled, and goes with all of them' },
  'image rm': { '--platform': 'an image is here with the platforms that were pulled, and goes with all of them' },
  'volume create': Object.fromEntries(['--availability', '--group', '--limit-bytes', '--required-bytes', '--scope', '--secret', '--sharing', '--topology-preferred', '--topology-required', '--type'].map((flag) => [flag, `for cluster volumes only: ${swarm}`])),
  'network connect': { '--driver-opt': endpointOptions, '--gw-priority': 'the first network that a container is in is its way out', '--link': links, '--link-local-ip': endpointOptions },
  'network create': { '--config-from': swarm, '--config-only': swarm, '--ingress': swarm, '--scope': swarm, '--ipam-opt': 'there is one way to give addresses, without options' },
};
