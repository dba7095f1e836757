/** A root file system of Debian's static busybox, as a tar. */
export function busyboxRootfs(): Buffer;
