/** Linter, shell parser and YAML reader: a file of their own, which only `lint` loads. */
export { DockerfileError, formatFindings, isFormat, formats, lint, lintFix, mergeLintConfig, parseDockerfile, parseHadolintConfig, parseIgnore, parseLintConfig, severities } from '@caisson/dockerfile';
