import type { Descriptor } from '../model/descriptor.js';
import type { Digest } from '../model/digest.js';
import type { Reference } from '../model/reference.js';

/**
 * The images of this store and their names. An image is a manifest or index in the content store; a name (a reference with a tag or a
 * digest) points to one. An image whose last name goes to another one stays, nameless, until it is pruned.
 */
export interface ImageStore {
  /** By full reference. Undefined where there is none. */
  get(reference: Reference): Promise<ImageRecord | undefined>;
  /** By ID (config digest), manifest digest (its own, or one that it was pushed under), or an unambiguous prefix of an ID. @throws CaissonError `invalid-argument` when ambiguous. */
  find(idOrPrefix: string): Promise<ImageRecord | undefined>;
  list(): Promise<readonly ImageRecord[]>;
  /** Records the image and gives it these names, taking them from whichever had them. Its blobs must be in the content store. */
  put(image: NewImage, names: readonly Reference[]): Promise<ImageRecord>;
  tag(target: Digest, name: Reference): Promise<void>;
  /** Notes the digest that a repository has the image under since it was pushed there, where layers were compressed on the way. */
  notePushed(target: Digest, repository: Reference, digest: Digest): Promise<void>;
  /** Takes a name away; true when there was one. */
  untag(name: Reference): Promise<boolean>;
  /** Forgets the image and its names. Its blobs go with the next garbage collection. */
  remove(target: Digest): Promise<void>;
}

export interface NewImage {
  /** The manifest or index. */
  readonly target: Descriptor;
  /** Digest of the config for this host's platform (or the only one there is): docker's image ID. */
  readonly id: Digest;
}

export interface ImageRecord extends NewImage {
  /** Full references, sorted. */
  readonly names: readonly string[];
  /** `domain/path@digest` of each repository that has it under another digest than its own, sorted; absent where none has. */
  readonly pushed?: readonly string[];
  /** When this store got it. */
  readonly added: Date;
}
