// draft-zollner-scim-interop-profile: whether a service provider keeps the SCIM 2.0 Interoperability Profile.
import { UserSchema } from '../schema/user.ts';
import type { Service } from './service.ts';

/** Results that a page must be able to have (§6.4). */
const PAGE_SIZE = 100;

/**
 * Whether what is configured keeps all that the profile demands of service providers. TLS (§7.1) is left to the host.
 */
export function keepsInteropProfile<Auth>({ strict, options, limits, resources }: Service<Auth>): boolean {
  const { rewrites = {}, mediaType = 'application/scim+json' } = options;
  return (
    // §5.3, §6.5.1.1: what is unknown, and PATCH without a path, is refused.
    strict &&
    !Object.values(rewrites).includes(true) &&
    mediaType === 'application/scim+json' &&
    limits.maxPageSize >= PAGE_SIZE &&
    resources.every(
      ({ type }) =>
        // §5.1
        type.id === type.name &&
        // §5.2
        (type.urn !== UserSchema.id || type.byName.get('username')?.caseExact === false),
    )
  );
}
