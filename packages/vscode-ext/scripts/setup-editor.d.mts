export function setUpEditor(): Promise<{ readonly folder: string; readonly node: string; readonly entry: string }>;
