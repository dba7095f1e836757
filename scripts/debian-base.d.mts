export function debianRootfs(): string | undefined;
