/** Linter, shell parser and YAML reader: a file of their own, which only `lint` loads. */
export { DockerfileError, formatFindings, isFormat, formats, lint, lintFix, mergeLintConfig, outline, parseDockerfile, parseHadolintConfig, parseIgnore, parseLintConfig, resolveStages, severities, targets } from '@caisson/dockerfile';
