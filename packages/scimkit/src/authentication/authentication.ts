// RFC 7644 §2, RFC 7643 §5: who is calling. What a service provider needs of a way to authenticate.
import type { ScimRequest } from './request.ts';

/** One entry of ServiceProviderConfig's `authenticationSchemes` (RFC 7643 §5). */
export interface AuthenticationScheme {
  readonly type: 'oauth' | 'oauth2' | 'oauthbearertoken' | 'httpbasic' | 'httpdigest';
  readonly name: string;
  readonly description: string;
  readonly specUri?: string;
  readonly documentationUri?: string;
  readonly primary?: boolean;
}

/**
 * A way to authenticate: what ServiceProviderConfig publishes, the challenge of a 401, and the check itself.
 *
 * `authenticate` returns what the app wants to know of the caller (tenant, connection, client), or undefined for
 * 401. It may throw a `ScimError` with 403, or with 503 for a connection that is paused.
 */
export interface Authentication<Auth> {
  readonly schemes: readonly AuthenticationScheme[];
  /** The value of WWW-Authenticate for a request that is refused. */
  challenge(request: ScimRequest): string;
  authenticate(request: ScimRequest): Auth | undefined | Promise<Auth | undefined>;
}
