export interface WineSetup {
  /** Program that runs Windows programs. */
  readonly loader: string;
  readonly prefix: string;
  /** node.exe */
  readonly node: string;
  /** Folder node_modules with koffi for Windows. */
  readonly modules: string;
  /** The simulated vmcompute.dll. */
  readonly library: string;
}
export function missingPackages(): string[];
export function setUpWine(): WineSetup;
