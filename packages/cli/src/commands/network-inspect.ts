import { inspectKind } from './inspect.js';

export default inspectKind('network', 'caisson network inspect bridge', (command) => command.option('-v, --verbose', 'as docker has it for swarm: makes no difference'));
