import type { BuildRequest } from '@caisson/core';
import { proxyArgs, suggest, type Dockerfile } from '@caisson/dockerfile';

/** What was asked for by a name that the Dockerfile does not have, which is a slip more often than not: a line for each. */
export function misspelt(request: BuildRequest, dockerfile: Dockerfile, declaredArgs: ReadonlySet<string>): string[] {
  const args = new Set([...declaredArgs, ...dockerfile.instructions.flatMap((instruction) => (instruction.kind === 'arg' ? instruction.pairs.map(({ key }) => key) : []))]);
  const froms = dockerfile.instructions.filter((instruction) => instruction.kind === 'from');
  const stages = froms.flatMap((from) => from.as?.value.toLowerCase() ?? []);
  const isStage = (name: string) => stages.includes(name.toLowerCase()) || (/^\d+$/.test(name) && Number(name) < froms.length);
  return [
    ...Object.keys(request.buildArgs ?? {}).flatMap((name) => (args.has(name) || predefined(name) ? [] : [`the build argument ${name} was not used${meant(name, [...args])}`])),
    ...(request.noCacheStages ?? []).flatMap((name) => (isStage(name) ? [] : [`there is no stage ${JSON.stringify(name)} to keep from the cache${meant(name, stages)}`])),
  ];
}

function predefined(name: string): boolean {
  return proxyArgs.includes(name) || /^(?:BUILDKIT_\w+|SOURCE_DATE_EPOCH|(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT|OSVERSION)|TARGETSTAGE)$/.test(name);
}

function meant(name: string, candidates: readonly string[]): string {
  const near = suggest(name, candidates);
  return near === undefined ? '' : `: did you mean ${near}?`;
}
