import { CaissonError } from '@caisson/core';

/** The first descriptor that systemd hands over: sd_listen_fds(3). */
const firstDescriptor = 3;

/**
 * The sockets that systemd has opened for this process, with their names. The variables are taken out of the environment, so that no child
 * takes them for its own.
 */
export function activatedSockets(env: NodeJS.ProcessEnv = process.env): { readonly fd: number; readonly name: string }[] {
  const { LISTEN_PID: pid, LISTEN_FDS: count, LISTEN_FDNAMES: names = '' } = env;
  delete env.LISTEN_PID;
  delete env.LISTEN_FDS;
  delete env.LISTEN_FDNAMES;
  if (pid === undefined || Number(pid) !== process.pid || !/^\d{1,3}$/.test(count ?? '')) return [];
  const named = names.split(':');
  return Array.from({ length: Number(count) }, (_, place) => ({ fd: firstDescriptor + place, name: named[place] || 'unknown' }));
}

/** @throws CaissonError `invalid-argument` where none was handed over */
export function chooseSockets(sockets: ReturnType<typeof activatedSockets>, name: string | undefined): number[] {
  const chosen = sockets.filter((socket) => name === undefined || socket.name === name || String(socket.fd) === name).map(({ fd }) => fd);
  if (chosen.length === 0) throw new CaissonError('invalid-argument', name === undefined ? 'no sockets were handed over by systemd (LISTEN_FDS)' : `systemd handed over no socket named ${name}`, { hint: 'start the daemon by its socket unit, or name another address with -H' });
  return chosen;
}
