/** dist/short.cjs: of the commands, it has those of loader/short.ts alone. */
export { main } from './main.js';
