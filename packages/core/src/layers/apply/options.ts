import type { LayerLimits } from '../limits.js';
import type { RawPath } from '../raw-path.js';
import type { Syscalls } from '../syscalls.js';
import type { LowerView } from './lower.js';

/**
 * Where a layer goes.
 *
 * `overlay`: an empty folder that becomes one layer of an overlayfs. Whiteouts become 0/0 character devices or what `makeWhiteout`
 * makes; opaque folders get the xattr `trusted.overlay.opaque` or `user.overlay.opaque`. Folders that the layer's names pass through
 * but do not describe are made as `lower` has them.
 *
 * `merge`: a folder with the layers below in it already. Whiteouts delete.
 */
export type ApplyMode = 'overlay' | 'merge';

export interface ExtractOptions {
  readonly mode: ApplyMode;
  /**
   * `layer` (default): a symbolic link in an entry's path is followed, inside the target, when it came with this layer, and replaced by
   * a folder when it was there before, as overlayfs would show it. `target`: both are followed, as for an archive that is unpacked
   * into a root file system (ADD, cp).
   */
  readonly follow?: 'layer' | 'target';
  /** What lies below, for `overlay`. */
  readonly lower?: LowerView;
  readonly syscalls?: Syscalls;
  /** Prefix of overlayfs's own xattrs: `user` for mounts in a user namespace. Default `trusted`. */
  readonly overlayXattrs?: 'trusted' | 'user';
  /** Makes a whiteout at this path in place of a 0/0 device, where these may not be made. */
  readonly makeWhiteout?: (path: string | Buffer) => void;
  /** Set owners as the layer has them. Default: when the effective user is root. */
  readonly owners?: boolean;
  /** Make device nodes. Default: when the effective user is root. */
  readonly devices?: boolean;
  /** Gives the owner to set for the layer's, for user namespaces that are mapped by hand. */
  readonly mapOwner?: (uid: number, gid: number) => { readonly uid: number; readonly gid: number };
  /** Told of what was left out, and why, in words. */
  readonly onSkipped?: (path: RawPath, why: string) => void;
  readonly limits?: Partial<LayerLimits>;
}
