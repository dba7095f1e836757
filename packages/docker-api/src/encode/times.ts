/** What docker says of a time that has not been. */
export const never = '0001-01-01T00:00:00Z';

export const rfc3339 = (time: Date | string | undefined): string => (time === undefined || time === '' ? never : typeof time === 'string' ? time : time.toISOString());

/** Seconds since 1970. */
export const unixSeconds = (time: Date | string | undefined): number => {
  const at = time === undefined ? Number.NaN : new Date(time).getTime();
  return Number.isNaN(at) ? 0 : Math.floor(at / 1000);
};

/** «3 hours», «About a minute»: the words of docker's tables (go-units, HumanDuration). */
export function humanDuration(milliseconds: number): string {
  const seconds = Math.floor(Math.max(0, milliseconds) / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.round(seconds / 3600);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 7 * 2) return `${days} days`;
  if (hours < 24 * 30 * 2) return `${Math.floor(days / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.floor(days / 30)} months`;
  return `${Math.floor(days / 365)} years`;
}
