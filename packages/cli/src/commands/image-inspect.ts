import { inspectKind } from './inspect.js';

export default inspectKind('image', 'caisson image inspect -f "{{.Config.Cmd}}" app', (command) => command.option('--platform <os/arch>', 'of an image for several'));
