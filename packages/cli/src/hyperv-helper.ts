import { helper } from '@caisson/runtime-hyperv';

/** The program behind the Windows backend: monitors of containers, and work on layers. */
helper(process.argv.slice(2)).catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exitCode = 1;
});
