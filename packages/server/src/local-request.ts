// A server that asks for no credential must be reached from this machine alone, and not through its browser:
// a page of anybody's can have a browser call 127.0.0.1, and can give a name of its own that address.
import type { IncomingMessage } from 'node:http';
import { ScimError } from 'scimkit';
import { isLoopback } from './options.ts';

/** The host of an authority or of an origin; undefined when there is none. */
function hostOf(text: string): string | undefined {
  const url = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(url) ? new URL(url).hostname : undefined;
}

/**
 * Lets requests through that were sent to this machine by its name or address, and by no page of another one.
 *
 * @throws ScimError 403
 */
export function assertLocalRequest({ headers }: IncomingMessage, baseUrl: string | undefined): void {
  const isOwn = (text: string) => {
    const host = hostOf(text);
    return host !== undefined && (isLoopback(host) || (baseUrl !== undefined && host === hostOf(baseUrl)));
  };
  const { host, origin } = headers;
  if ((host === undefined || isOwn(host)) && (origin === undefined || isOwn(origin))) return;
  throw new ScimError(
    403,
    'This server asks for no credential, so it answers requests of this machine alone: to localhost or 127.0.0.1, and ' +
      'not from pages of other origins.',
  );
}
