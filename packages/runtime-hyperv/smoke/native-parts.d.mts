export function nativeParts(modules: string, platform: string, arch: string): string[];
