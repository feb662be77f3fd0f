// A service provider over real sockets for the client's suite, and what stands beside it: a token endpoint, a page, silence.
import { createServer, type Server } from 'node:http';
import { anyOf, basic, bearer, createServiceProvider, Group, on, User } from 'scimkit';
import { toNodeHandler } from 'scimkit/node';
import { createSqliteDatabase } from 'scimkit/sqlite';

/** Where the suite finds what it needs. */
export interface Running {
  readonly origin: string;
  readonly close: () => Promise<void>;
}

/** Files that are served besides, for browsers: their content by path. */
export type Files = (path: string) => { readonly type: string; readonly text: string } | undefined;

/** Starts it. Every token that begins with "t-" has a tenant of its own; `client-t-...` are made by /token. */
export async function startPlace(files: Files = () => undefined): Promise<Running> {
  const database = createSqliteDatabase({ path: ':memory:' });
  const scopeOf = (tenant: string) => ({ tenant, connection: 'main' });
  const known = (token: string) => (token.startsWith('t-') ? scopeOf(token) : undefined);
  const issued = new Set<string>();
  const met = new Set<string>();
  const owners = new Map<string, string>();
  const scim = createServiceProvider({
    basePath: '/scim/v2',
    authentication: anyOf(
      bearer((token: string) =>
        issued.has(token)
          ? scopeOf(token.split('/')[0] ?? '')
          : token.includes('/')
            ? undefined
            : known(token),
      ),
      basic((username: string, password: string) =>
        password === 'pässword:"' ? known(username) : undefined,
      ),
    ),
    resources: [
      { type: User, store: ({ auth }) => database.open(User, auth) },
      { type: Group, store: ({ auth }) => database.open(Group, auth) },
    ],
    me: (auth) => {
      const id = owners.get(auth.tenant);
      return id === undefined ? undefined : { resourceType: 'User', id };
    },
    // Who is nicknamed like the credential is its owner.
    use: [
      on(User, 'create', async (operation, next) => {
        const outcome = await next();
        const { auth } = operation;
        const { attributes } = operation.input;
        if (attributes.nickName === auth.tenant) owners.set(auth.tenant, outcome.id);
        return outcome;
      }),
    ],
  });
  const handler = toNodeHandler(scim);
  const hanging = new Set<import('node:http').ServerResponse>();
  let tokens = 0;
  const server: Server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '', 'http://127.0.0.1');
    const file = files(pathname);
    if (pathname.startsWith('/scim/v2')) void handler(request, response);
    else if (pathname.startsWith('/hang')) hanging.add(response);
    else if (pathname.startsWith('/moved')) response.writeHead(302, { location: '/scim/v2/Users' }).end();
    else if (pathname.startsWith('/page')) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Sign in</title>');
    } else if (pathname === '/token') {
      const [client = '', secret] = Buffer.from(request.headers.authorization?.slice(6) ?? '', 'base64')
        .toString()
        .split(':')
        .map((part) => decodeURIComponent(part));
      const isKnown = client.startsWith('t-') && secret === 'sécret';
      const token = `${client}/${tokens++}`;
      // The first token of each client is no good.
      if (met.has(client)) issued.add(token);
      met.add(client);
      response
        .writeHead(isKnown ? 200 : 401, { 'content-type': 'application/json' })
        .end(
          JSON.stringify(
            isKnown
              ? { access_token: token, token_type: 'bearer', expires_in: 60 }
              : { error: 'invalid_client' },
          ),
        );
    } else if (file) response.writeHead(200, { 'content-type': file.type }).end(file.text);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    origin: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const response of hanging) response.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
