import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The native parts of the build's tools that the lock file does not bring for a platform: it has those of the machines that the project is
 * developed on. Each as `name@version`, of the very version that its tool wants.
 */
export function nativeParts(modules, platform, arch) {
  return ['nx', 'rollup'].flatMap((tool) => {
    const { optionalDependencies = {} } = JSON.parse(readFileSync(join(modules, tool, 'package.json'), 'utf8'));
    return Object.entries(optionalDependencies)
      .filter(([name]) => new RegExp(`-${platform}-${arch}-msvc$`).test(name) && !existsSync(join(modules, name)))
      .map(([name, version]) => `${name}@${version}`);
  });
}
