/**
 * Counts what asks us to end while it is passed on to a container, whose program may take no notice of it. As docker does, we end by the third,
 * and leave the container as it is.
 */
export class Patience {
  #asked = 0;

  /** Says so when it is over. */
  isOver(signal: string): boolean {
    if (signal !== 'SIGINT' && signal !== 'SIGTERM') return false;
    if (++this.#asked < 3) return false;
    process.stderr.write('\ncaisson: got 3 SIGTERM/SIGINTs, forcefully exiting: what runs in the container goes on\n');
    return true;
  }
}
