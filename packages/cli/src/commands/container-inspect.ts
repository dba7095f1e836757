import { inspectKind } from './inspect.js';

export default inspectKind('container', 'caisson container inspect -f "{{.State.Status}}" web', (command) => command.option('-s, --size', 'how much room it takes'));
