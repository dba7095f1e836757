/**
 * What the monitor runs after the exit.
 *
 * For a supervised container the caller, which means to tidy up itself, holds a fifo open for writing. The hook waits on it at no cost: it
 * reads a line when the caller has finished and there is nothing to do, and the end of the file when the caller has died (or left), and
 * then does run the exit command. A fifo that is gone has been finished with. The shell opens it for both first, so that opening
 * for reading alone does not wait for a writer that may never come.
 */
const script = '[ -p "$1" ] || exit 0; exec 3<>"$1" 4<"$1" 3>&-; read -r done <&4 && exit 0; rm -f "$1"; shift; exec "$@"';

/**
 * Its exit file goes with the container's folder: what ended with that was killed. Where the folder stays, it never began. It takes a moment to
 * remove.
 */
const execScript = 'code=$(cat "$1" 2>/dev/null) || { sleep 3; [ -d "$2" ] && exit 0; code=137; }; shift 2; exec "$@" "$code"';

/** For a further process: the command is told the exit code, which the monitor has written to `exitFile` by then. @param folder the container's */
export function execExitHook(command: readonly string[] | undefined, exitFile: string, folder: string): readonly string[] {
  return command === undefined || command.length === 0 ? [] : ['/bin/sh', '-c', execScript, 'exit-hook', exitFile, folder, ...command];
}

/** Program and arguments for the monitor. */
export function exitHook(command: readonly string[] | undefined, ownerFifo: string | undefined): readonly string[] {
  if (command === undefined || command.length === 0) return [];
  return ownerFifo === undefined ? command : ['/bin/sh', '-c', script, 'exit-hook', ownerFifo, ...command];
}
