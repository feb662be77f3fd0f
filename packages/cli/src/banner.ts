// What `scimkit serve` prints once it listens.
import type { Listening, Loading } from '@scimkit/server';

const LOADING: Readonly<Record<Loading, string>> = {
  loaded: 'loaded from',
  kept: 'not loaded, because the database has resources already:',
  absent: 'none yet in',
};

/** What the banner tells besides what the server knows of itself. */
export interface BannerOptions {
  readonly loadResources?: string | undefined;
  readonly dumpResources?: string | undefined;
  readonly isVerbose: boolean;
  readonly jwtIssuer?: string | undefined;
}

/** The banner: where the server is, how to call it, what to be careful with. */
export function banner(listening: Listening, options: BannerOptions): string {
  const { baseUrl, localUrl, localHost, token, isAnonymous, schemes, database, loading } = listening;
  const bearers = schemes.filter((scheme) => scheme === 'oauthbearertoken').length;
  const hasBearer = bearers > 0;
  // JWTs are bearer tokens as well.
  const hasTokens = bearers > (options.jwtIssuer ? 1 : 0);
  const header = isAnonymous
    ? ''
    : hasBearer
      ? ` -H "Authorization: Bearer ${token ?? '$SCIM_TOKEN'}"`
      : ' -u "$SCIM_USER:$SCIM_PASSWORD"';
  const host = localHost === undefined ? '' : ` -H "Host: ${localHost}"`;
  const insecure = localUrl.startsWith('https:') ? ' --insecure' : '';
  const lines = [
    'scimkit serves SCIM 2.0.',
    '',
    `  Base URL      ${baseUrl}`,
    ...(baseUrl.includes(':tenant') ? ['                with the name of a tenant for :tenant'] : []),
    `  Database      ${database}${database === ':memory:' ? ' (gone when the server stops)' : ''}`,
  ];
  if (loading) lines.push(`  Resources     ${LOADING[loading]} ${options.loadResources}`);
  if (options.dumpResources) lines.push(`  Dump          ${options.dumpResources}, when the server stops`);
  if (token) {
    lines.push(
      `  Bearer token  ${token}`,
      '                shown once: only its hash is kept. For another: scimkit token create',
    );
  } else if (hasTokens) {
    lines.push(
      '  Bearer token  one of those that are configured, or were made before',
      '                for another: scimkit token create, or --new-token',
    );
  }
  if (options.jwtIssuer) lines.push(`  JWT           of ${options.jwtIssuer}`);
  if (schemes.includes('httpbasic'))
    lines.push('  HTTP Basic    with the names and passwords of --basic-auth-file');
  if (isAnonymous) {
    lines.push('', '  WARNING: --allow-anonymous: whoever uses this machine may read and change everything.');
  }
  if (options.isVerbose) {
    lines.push('', '  WARNING: --verbose-errors: answers tell what failed inside. For development alone.');
  }
  lines.push('', 'Try it:', '', `  curl${insecure}${host}${header} ${localUrl}/Users`, '');
  return `${lines.join('\n')}\n`;
}
