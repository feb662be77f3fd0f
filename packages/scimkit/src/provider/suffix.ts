// RFC 7644 §3.8: ".scim" at the end of a resource's URL asks for SCIM's media type, which is all there is.
import type { Outcome } from './operation.ts';

/**
 * Looks a resource up by its id; where there is none, and the id ends in ".scim", without that. An id may end in
 * ".scim" itself, so it is tried as it stands first.
 */
export async function withoutSuffix(id: string, lookUp: (id: string) => Promise<Outcome>): Promise<Outcome> {
  const found = await lookUp(id);
  return found || !id.endsWith('.scim') ? found : lookUp(id.slice(0, -'.scim'.length));
}
