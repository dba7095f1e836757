import * as l10n from '@vscode/l10n';

/** Decimal units, as docker prints them: `0 B`, `4.19 MB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : Number(value.toPrecision(3))} ${units[unit] ?? ''}`;
}

/** `12 seconds ago`, `3 days ago`; in the future counts as now. */
export function formatAge(date: Date, now: Date = new Date()): string {
  const seconds = Math.floor((now.getTime() - date.getTime()) / 1000);
  if (seconds < 5) return l10n.t('just now');
  if (seconds < 60) return l10n.t('{0} seconds ago', seconds);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 2) return l10n.t('a minute ago');
  if (minutes < 60) return l10n.t('{0} minutes ago', minutes);
  const hours = Math.floor(minutes / 60);
  if (hours < 2) return l10n.t('an hour ago');
  if (hours < 48) return l10n.t('{0} hours ago', hours);
  const days = Math.floor(hours / 24);
  if (days < 60) return l10n.t('{0} days ago', days);
  const months = Math.floor(days / 30);
  return months < 24 ? l10n.t('{0} months ago', months) : l10n.t('{0} years ago', Math.floor(days / 365));
}

/** Undefined for the fixed dates (1970, 1980) of images that come out bit for bit equal: they say nothing. */
export function knownDate(date: Date | undefined): Date | undefined {
  return date !== undefined && date.getUTCFullYear() > 1980 ? date : undefined;
}

/** `16 ms`, `1.4 s`, `12 s`, `3 min 5 s`. */
export function formatSeconds(seconds: number): string {
  if (seconds < 0.9995) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 60) return `${Math.round(seconds)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/** The twelve digits that people know an ID by. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}
