import { lint, mergeLintConfig, parseIgnore, type Finding, type LintConfig } from '@caisson/dockerfile';
import type { Connection, TextDocuments } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { Analysis } from './dockerfile/analysis.js';
import { contextFolder, pathOf, readContext, type BuildContext } from './files/context.js';
import { findLintConfig, type FoundLintConfig } from './files/lint-config.js';
import { referenceForms } from './dockerfile/image-pages.js';
import { walkContext, type Walked } from './files/walk.js';
import { methods, type ImageTag, type InitializationOptions, type LastBuild } from './protocol.js';
import { defaultSettings, readSettings, type Settings } from './settings.js';

interface Cached {
  readonly version: number;
  readonly analysis: Promise<Analysis>;
  findings?: Promise<readonly Finding[]>;
}

const imagesStayFresh = 10_000;
const walksStayFresh = 10_000;
const mostEntries = 100_000;

/**
 * What the server knows of one client: its documents, settings, images and builds. Everything derived from a document is kept with its
 * version; what comes from files or settings is forgotten when the client says that they changed.
 */
export class Session {
  readonly documents: TextDocuments<TextDocument>;
  options: InitializationOptions = {};
  /** Whether the client answers `workspace/configuration`. */
  pullsSettings = false;
  roots: readonly string[] = [];
  private readonly connection: Connection;
  private readonly cache = new Map<string, Cached>();
  private readonly settingsOf = new Map<string, Promise<Settings>>();
  private readonly lintConfigs = new Map<string, Promise<FoundLintConfig>>();
  private readonly builds = new Map<string, LastBuild>();
  private pushedSettings: Settings = defaultSettings;
  private walk: { readonly folder: string; readonly until: number; readonly files: Promise<Walked> } | undefined;
  private images: { readonly at: number; readonly tags: Promise<readonly ImageTag[]> } | undefined;

  constructor(connection: Connection, documents: TextDocuments<TextDocument>) {
    this.connection = connection;
    this.documents = documents;
  }

  /** The analysis of the document's present version; undefined for one that is not open, or no Dockerfile. */
  async analysis(uri: string): Promise<Analysis | undefined> {
    return await this.cached(uri)?.analysis;
  }

  async findings(uri: string): Promise<readonly Finding[]> {
    const cached = this.cached(uri);
    if (!cached) return [];
    return await (cached.findings ??= this.lint(uri, cached.analysis));
  }

  async lintConfig(uri: string): Promise<LintConfig> {
    const [{ config }, settings] = await Promise.all([this.foundLintConfig(uri), this.settings(uri)]);
    return mergeLintConfig(config, { rules: settings.lint.rules });
  }

  /** What is wrong with the linter's configuration, if anything. */
  async lintProblem(uri: string): Promise<string | undefined> {
    return (await this.foundLintConfig(uri)).problem;
  }

  settings(uri: string): Promise<Settings> {
    if (!this.pullsSettings) return Promise.resolve(this.pushedSettings);
    let known = this.settingsOf.get(uri);
    if (!known) this.settingsOf.set(uri, (known = this.connection.workspace.getConfiguration({ scopeUri: uri, section: 'caisson' }).then(readSettings, () => defaultSettings)));
    return known;
  }

  /** Undefined for a document that is on no disk. */
  async context(uri: string): Promise<BuildContext | undefined> {
    const path = pathOf(uri);
    if (path === undefined) return undefined;
    const { context: configured } = await this.settings(uri);
    const lastUsed = this.builds.get(uri)?.context;
    const root = this.rootOf(path);
    const folder = contextFolder(path, { configured, ...(lastUsed !== undefined && { lastUsed }), ...(root !== undefined && { root }) });
    const open = new Map(this.documents.all().flatMap((document) => {
      const at = pathOf(document.uri);
      return at === undefined ? [] : [[at, document] as const];
    }));
    return readContext(path, folder, (file) => open.get(file)?.getText());
  }

  /** All files of a context, whatever is left out of it; up to 100,000, and at most ten seconds old: for one hover after the other. */
  async everyFile(folder: string): Promise<Walked> {
    const now = Date.now();
    if (this.walk?.folder === folder && now < this.walk.until) return await this.walk.files;
    const files = walkContext(folder, parseIgnore(''), { most: mostEntries });
    this.walk = { folder, until: now + walksStayFresh, files };
    return await files;
  }

  /** Images of the local store, as the client knows them; none where it does not answer. */
  async imageTags(prefix: string): Promise<readonly ImageTag[]> {
    if (!this.options.imageTags) return [];
    const now = Date.now();
    if (!this.images || now - this.images.at > imagesStayFresh) this.images = { at: now, tags: this.connection.sendRequest<ImageTag[]>(methods.imageTags, { prefix }).catch(() => []) };
    return await this.images.tags;
  }

  lastBuild(uri: string): LastBuild | undefined {
    return this.builds.get(uri);
  }

  rememberBuild(build: LastBuild): void {
    this.builds.set(build.dockerfile, build);
    this.images = undefined;
  }

  forgetSettings(pushed: unknown): void {
    this.settingsOf.clear();
    this.pushedSettings = readSettings(pushed);
    this.cache.clear();
  }

  forgetFiles(): void {
    this.lintConfigs.clear();
    this.cache.clear();
  }

  forget(uri: string): void {
    this.cache.delete(uri);
    this.settingsOf.delete(uri);
  }

  rootOf(path: string): string | undefined {
    return this.roots.filter((root) => path === root || path.startsWith(`${root}/`) || path.startsWith(`${root}\\`)).sort((a, b) => b.length - a.length)[0];
  }

  private cached(uri: string): Cached | undefined {
    const document = this.documents.get(uri);
    if (document?.languageId !== 'dockerfile' || uri.endsWith('.dockerignore')) return undefined;
    const known = this.cache.get(uri);
    if (known?.version === document.version) return known;
    // A copy: the document itself changes with the next keystroke, while an answer is still being made.
    const snapshot = TextDocument.create(uri, document.languageId, document.version, document.getText());
    const analysis = this.foundLintConfig(uri).then(({ config }) => new Analysis(snapshot, config.buildArgs));
    const cached: Cached = { version: document.version, analysis };
    this.cache.set(uri, cached);
    return cached;
  }

  private async lint(uri: string, analysis: Promise<Analysis>): Promise<readonly Finding[]> {
    const [{ file }, config, context, images, settings] = await Promise.all([analysis, this.lintConfig(uri), this.context(uri), this.imageTags(''), this.settings(uri)]);
    if (!settings.lint.enabled) return [];
    const baseEnv = Object.fromEntries(images.flatMap(({ reference, env }) => (env ? referenceForms(reference).map((form) => [form, env] as const) : [])));
    return await lint(file, { ...config, baseEnv, ...(context?.ignoreFile !== undefined && { ignored: (path: string) => context.ignore.ignores(path) }) });
  }

  private foundLintConfig(uri: string): Promise<FoundLintConfig> {
    let known = this.lintConfigs.get(uri);
    if (!known) {
      const path = pathOf(uri);
      known = path === undefined ? Promise.resolve({ config: {} }) : findLintConfig(path, this.rootOf(path));
      this.lintConfigs.set(uri, known);
    }
    return known;
  }
}
