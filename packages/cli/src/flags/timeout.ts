import { Option } from 'commander';
import { invalid } from './values.js';

/** docker's name for `--timeout` until version 28. */
export function oldTimeout(): Option {
  return new Option('--time <seconds>', 'the same as --timeout').hideHelp();
}

/** @throws CaissonError `invalid-argument` */
export function timeoutOf({ timeout, time }: { readonly timeout?: string; readonly time?: string }): { timeout?: number } {
  const text = timeout ?? time;
  if (text === undefined) return {};
  const seconds = Number(text);
  if (text.trim() === '' || !Number.isInteger(seconds) || seconds < -1) invalid('--timeout', text, 'write whole seconds, or -1 to wait for ever');
  return { timeout: seconds };
}
