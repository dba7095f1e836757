/** How a `LinuxRuntime` is set up. All is found out where it is not given. */
export interface LinuxRuntimeOptions {
  /** Folder of all that does not outlive a reboot; default `/run/caisson`. */
  readonly runRoot?: string;
  /** `runc`, `crun` or a path; absent: runc where it is installed, else crun. */
  readonly ociRuntime?: string;
  /** Path of conmon. */
  readonly conmon?: string;
  /** Path of tini or the like, for `--init`. */
  readonly init?: string;
  /** Who makes cgroups: the OCI runtime by itself (default), or systemd. */
  readonly cgroupManager?: 'cgroupfs' | 'systemd';
  /** For the containers of an ordinary user, in that user's namespace: without cgroups. */
  readonly rootless?: boolean;
  /** Parent of the containers' cgroups; default `/caisson`, with systemd `system.slice`. */
  readonly cgroupParent?: string;
}
