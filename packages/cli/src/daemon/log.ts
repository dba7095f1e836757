import { redact } from '@caisson/core';

/** What a daemon has to say, one line each on standard error, where the service manager picks it up. */
export class DaemonLog {
  debug = false;

  say(text: string): void {
    process.stderr.write(`${new Date().toISOString()} ${redact(text).replaceAll('\n', ' ')}\n`);
  }

  fault(error: unknown, doing: string): void {
    const text = this.debug && error instanceof Error ? error.stack : error instanceof Error ? error.message : String(error);
    this.say(`${doing}: ${text ?? 'unknown error'}`);
  }
}
