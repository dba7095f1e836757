/** Linter, shell parser and YAML reader: a file of their own, which only `lint` loads. */
export { DockerfileError, formatFindings, isFormat, formats, lint, lintFix, lintRules, mergeLintConfig, outline, parseDockerfile, parseHadolintConfig, parseIgnore, parseLintConfig, resolveStages, severities, suggest, targets } from '@caisson/dockerfile';
