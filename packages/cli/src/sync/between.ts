// From whom to whom a plan goes.
import { printable } from '../printable.ts';

/** The two sides of a plan, by name and by base URL. */
export interface Between {
  /** The sync file, or the profile of another SCIM service. */
  readonly source: string;
  readonly sourceUrl?: string;
  readonly target: string;
  readonly targetUrl: string;
}

function sideText(name: string, url: string | undefined): string {
  return url === undefined || url === name ? name : `${name} (${url})`;
}

/** The line that heads a plan and a report. */
export function betweenText({ source, sourceUrl, target, targetUrl }: Between): string {
  return printable(`${sideText(source, sourceUrl)} -> ${sideText(target, targetUrl)}`);
}
