export async function runLayerWork(): Promise<void> {}
