/**
 * Sets how V8 keeps house for a command, by its label. To be called before the command's code is loaded: V8 takes compiled code only with
 * the flags that it was made with. `native` loads what sets them: other commands are spared the milliseconds.
 */
export function setHeapFlags(label: string, native: NodeJS.Require): void {
  // The young part of the heap would grow to hold what is thrown away at once anyway: with 42,000 files that is a third of a build's peak.
  if (/(?:^|-)build$/.test(label)) (native('node:v8') as typeof import('node:v8')).setFlagsFromString('--semi-space-growth-factor=1');
}
