import { inspectKind } from './inspect.js';

export default inspectKind('volume', 'caisson volume inspect -f "{{.Mountpoint}}" data');
