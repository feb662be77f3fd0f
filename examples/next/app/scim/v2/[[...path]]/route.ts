import { toNextHandlers } from 'scimkit/next';

// Loaded with the first request: `next build` loads this file too, and has no token and no database.
const scim = async () => (await import('@/scim')).scim;

export const { GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS } = toNextHandlers(scim);
