/** What the extension and the process that speaks to registries say to each other: requests with a number, answers with the same. */
export type RegistryRequest = { readonly number: number } & RegistryQuestion;

export type RegistryQuestion = { readonly kind: 'repositories'; readonly host: string } | { readonly kind: 'tags'; readonly repository: string } | { readonly kind: 'digest'; readonly reference: string };

export type RegistryAnswer = { readonly number: number; readonly values: readonly string[] } | { readonly number: number; readonly error: { readonly message: string; readonly hint?: string } };
