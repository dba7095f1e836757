import type { ContainerDefaults } from '@caisson/core';

/** A config in the form that commit and import take it: Dockerfile instructions. */
export function changesOf(config: ContainerDefaults): string[] {
  const list = (value: readonly string[]) => JSON.stringify(value);
  const quoted = (value: string) => `"${value.replaceAll(/["\\$]/g, (character) => `\\${character}`)}"`;
  return [
    ...(config.User ? [`USER ${config.User}`] : []),
    ...(config.WorkingDir ? [`WORKDIR ${config.WorkingDir}`] : []),
    ...(config.Entrypoint ? [`ENTRYPOINT ${list(config.Entrypoint)}`] : []),
    ...(config.Cmd ? [`CMD ${list(config.Cmd)}`] : []),
    ...(config.Env ?? []).map((entry) => `ENV ${entry.slice(0, entry.indexOf('='))}=${quoted(entry.slice(entry.indexOf('=') + 1))}`),
    ...Object.entries(config.Labels ?? {}).map(([name, value]) => `LABEL ${quoted(name)}=${quoted(value)}`),
    ...Object.keys(config.ExposedPorts ?? {}).map((port) => `EXPOSE ${port}`),
    ...(Object.keys(config.Volumes ?? {}).length > 0 ? [`VOLUME ${list(Object.keys(config.Volumes ?? {}))}`] : []),
    ...(config.StopSignal ? [`STOPSIGNAL ${config.StopSignal}`] : []),
    ...(config.OnBuild ?? []).map((instruction) => `ONBUILD ${instruction}`),
  ];
}
