import type { Faults, RunChoices } from './choices.js';

/** What the form is told, and what it says. */
export type ToRunForm = { readonly kind: 'choices'; readonly image: string; readonly choices: RunChoices; readonly placeholders: { readonly command: string; readonly workingDir: string; readonly user: string } } | { readonly kind: 'faults'; readonly faults: Faults };

export type FromRunForm = { readonly kind: 'ready' } | { readonly kind: 'run'; readonly choices: RunChoices } | { readonly kind: 'cancel' };
