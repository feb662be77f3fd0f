// --dry-run and --curl: requests that are shown and not sent.
import type { Authorization } from 'scimkit/client';
import type { Credential } from '../credential.ts';
import { OptionError } from '../option-error.ts';
import { jsonText } from '../output/output.ts';
import { print, tell } from '../output/standard-output.ts';
import { printable } from '../printable.ts';
import { withoutHidden } from './hidden.ts';
import { headerName, shellWord } from './shell.ts';

/** A reading that was shown: there is nothing to go on with. */
class Shown extends Error {
  override readonly name = 'Shown';
}

/** How a request is shown. */
export type PreviewKind = 'request' | 'curl';

const DISCOVERY = /\/(ServiceProviderConfig|ResourceTypes|Schemas)$/i;

/** Stands between the client and the network: reads that are needed go out, writes are shown. */
export class Preview {
  /** Lower-case names of attributes whose values are not shown. */
  hidden: ReadonlySet<string> = new Set(['password']);
  /** Whether the next reading is what was asked for, and is shown as well. */
  showsReads = false;
  private readonly kind: PreviewKind;
  private readonly credential: Credential | undefined;
  private made = 0;

  constructor(kind: PreviewKind, credential: Credential | undefined) {
    this.kind = kind;
    this.credential = credential;
  }

  /** What the client is given for a credential: nothing that may be shown has the secret. */
  get authorization(): Authorization | undefined {
    const { credential } = this;
    return credential && { header: () => `${credential.scheme} ***` };
  }

  /** Sends, or shows, a request of the client's. */
  readonly fetch = async (request: Request): Promise<Response> => {
    const { pathname } = new URL(request.url);
    const isRead = request.method === 'GET' || pathname.endsWith('/.search');
    if (isRead && (!this.showsReads || DISCOVERY.test(pathname))) return this.send(request);
    const text = await request.text();
    const body: unknown = text === '' ? undefined : JSON.parse(text);
    await this.show(request, body);
    if (isRead) throw new Shown();
    return this.pretend(request, body);
  };

  private async send(request: Request): Promise<Response> {
    const headers = new Headers(request.headers);
    if (this.credential) {
      const context = { fetch: globalThis.fetch, signal: request.signal };
      headers.set('authorization', await this.credential.authorization.header(context));
    }
    return globalThis.fetch(new Request(request, { headers }));
  }

  private async show({ method, url, headers }: Request, body: unknown): Promise<void> {
    const left = new Set<string>();
    const shown = withoutHidden(body, this.hidden, (name) => left.add(name));
    const [first] = left;
    // Pasted, the line would write the stars.
    if (this.kind === 'curl' && first !== undefined) {
      throw new OptionError(
        `--curl: the value of "${printable(first)}" is not shown, and a line without it would write something else. --dry-run shows the request.`,
      );
    }
    for (const name of left) tell(`note: the value of "${printable(name)}" is not shown: *** stands for it.`);
    if (this.kind === 'request') {
      const lines = [`${method} ${url}`];
      for (const [name, value] of headers) lines.push(`${headerName(name)}: ${value}`);
      if (shown !== undefined) lines.push('', jsonText(shown, 2));
      await print(`${lines.join('\n')}\n\n`);
      return;
    }
    if (this.credential?.note) tell(`note: ${printable(this.credential.note)}`);
    const parts = [`curl -sS${method === 'GET' ? '' : ` -X ${method}`} ${shellWord(url)}`];
    for (const [name, value] of headers) {
      if (name === 'authorization') parts.push(this.credential?.curl ?? '');
      else parts.push(`-H ${shellWord(`${headerName(name)}: ${value}`)}`);
    }
    if (shown !== undefined) parts.push(`--data-raw ${shellWord(jsonText(shown))}`);
    await print(`${parts.join(' \\\n  ')}\n`);
  }

  /** The answer that a service provider would give, so that what follows is shown too. */
  private pretend({ method, url }: Request, body: unknown): Response {
    const { pathname } = new URL(url);
    if (pathname.endsWith('/Bulk')) return this.pretendBulk(url, body);
    if (method === 'DELETE' || method === 'PATCH') return new Response(null, { status: 204 });
    const id =
      method === 'POST' ? `new-id-${++this.made}` : decodeURIComponent(pathname.split('/').at(-1) ?? '');
    const location = method === 'POST' ? `${url.split('?', 1)[0]}/${id}` : url;
    const resource = { ...(body as object), id, meta: { location } };
    return answer(method === 'POST' ? 201 : 200, resource, { location });
  }

  private pretendBulk(url: string, body: unknown): Response {
    const { Operations } = body as { readonly Operations: readonly Record<string, unknown>[] };
    const base = url.slice(0, url.lastIndexOf('/'));
    const results = Operations.map(({ method, path, bulkId }) => ({
      ...{ method, ...(bulkId !== undefined && { bulkId }) },
      location: `${base}${String(path)}${method === 'POST' ? `/new-id-${++this.made}` : ''}`,
      status: method === 'POST' ? '201' : method === 'DELETE' ? '204' : '200',
    }));
    return answer(200, {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
      Operations: results,
    });
  }
}

function answer(status: number, body: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { 'content-type': 'application/scim+json', ...headers },
  });
}
