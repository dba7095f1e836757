import type { SourceRange } from '@caisson/dockerfile';
import type { DocumentLink } from 'vscode-languageserver';
import { quietly, type Analysis } from '../dockerfile/analysis.js';
import { imagePage } from '../dockerfile/image-pages.js';
import { toRange } from '../positions.js';

/** Images lead to the page that describes them, URLs of ADD to themselves. */
export function documentLinks(analysis: Analysis): DocumentLink[] {
  const { document, file, resolved } = analysis;
  const links: DocumentLink[] = [];
  const add = (range: SourceRange, target: string | undefined, tooltip: string) => {
    if (target !== undefined) links.push({ range: toRange(document, range), target, tooltip });
  };
  for (const directive of file.directives) if (directive.name === 'syntax') add(directive.valueRange, imagePage(directive.value), directive.value);
  for (const { dependencies } of resolved.stages)
    for (const { source, by, range } of dependencies) if (source.kind === 'image' && by !== 'mount') add(range, imagePage(source.name), source.name);
  for (const instruction of file.instructions) {
    if (instruction.kind !== 'add') continue;
    for (const source of instruction.sources) {
      const url = quietly(() => analysis.scopeBefore(instruction).expand(source)) ?? source.value;
      if (/^https?:\/\/[^\s]+$/.test(url)) add(source.range, url, url);
    }
  }
  return links;
}
