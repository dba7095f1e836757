export const file: string;
export function bundle(): string;
