import { Socket } from 'node:net';
import type { LinuxSyscalls } from './syscalls.js';

/**
 * A stream on a descriptor that Node does not know the kind of: a SOCK_SEQPACKET socket (each read gives one packet), a pidfd. Node is
 * given a fresh unix stream socket, and the kernel then puts the other file in its place, before the event loop has looked at it. This
 * keeps such descriptors in the event loop: a read that blocks in the thread pool would also hold up the end of the process. With `keep`,
 * the given descriptor stays open, for the caller to close.
 */
export function streamOf(syscalls: LinuxSyscalls, fd: number, options: { readable?: boolean; writable?: boolean; keep?: boolean } = {}): { socket: Socket; fd: number } {
  const place = syscalls.unixSocket();
  const socket = new Socket({ fd: place, readable: options.readable ?? true, writable: options.writable ?? true, allowHalfOpen: true });
  syscalls.dup3(fd, place);
  if (!options.keep) syscalls.close(fd);
  return { socket, fd: place };
}

/** Calls back when the process has ended; returns what stops the watch. @throws ESRCH where there is none. */
export function onProcessEnd(syscalls: LinuxSyscalls, pid: number, ended: () => void): () => void {
  const { socket } = streamOf(syscalls, syscalls.pidfdOpen(pid), { writable: false });
  let stopped = false;
  const stop = () => {
    stopped = true;
    socket.destroy();
  };
  // A pidfd can be waited for but not read: the failing read is the news.
  socket.on('error', () => {
    if (stopped) return;
    stop();
    ended();
  });
  socket.resume();
  return stop;
}
