// The recordings as far as a service provider declares what they need. One over an app's own tables has the attributes that those
// have a place for: what it doesn't list in /Schemas is left out of the requests that name it and of what is expected.
import { EnterpriseUserSchema, type Filter, parseFilter } from 'scimkit';

// biome-ignore lint/suspicious/noExplicitAny: JSON, as the recordings have it
type Json = any;

/** A step of a recording: see FORMAT.md, beside them. */
export interface Step {
  readonly path?: string;
  readonly save?: Readonly<Record<string, string>>;
  readonly body?: Json;
  readonly expect?: { readonly status?: readonly number[]; readonly json?: Readonly<Record<string, Json>> };
  readonly parallel?: readonly Step[];
}

const ENVELOPE = new Set(
  'schemas id externalid meta totalresults resources itemsperpage startindex status detail scimtype'.split(
    ' ',
  ),
);

/** The schemas that recordings speak of. */
const KNOWN_URNS = [
  'urn:ietf:params:scim:schemas:core:2.0:user',
  'urn:ietf:params:scim:schemas:core:2.0:group',
  'urn:ietf:params:scim:schemas:extension:enterprise:2.0:user',
];

/** Recorded filters have what the grammar doesn't. */
const LENIENT = { unquotedValue: () => {}, comparedValuePath: () => {} };

/** What a service provider declares. */
export class Declaration {
  private readonly urns: readonly string[];
  /** The paths of attributes in lower case, by the endpoint. */
  private readonly paths: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(schemas: Json, resourceTypes: Json) {
    this.urns = schemas.Resources.map(({ id }: Json) => id.toLowerCase());
    const attributesOf = (urn: string): Json[] =>
      schemas.Resources.find(({ id }: Json) => id === urn)?.attributes ?? [];
    const pathsOf = (urn: string, prefix: string) =>
      attributesOf(urn).flatMap(({ name, subAttributes = [] }) => [
        `${prefix}${name}`,
        ...subAttributes.map((sub: Json) => `${prefix}${name}.${sub.name}`),
      ]);
    this.paths = new Map(
      resourceTypes.Resources.map(({ endpoint, schema, schemaExtensions = [] }: Json) => {
        const own = [...pathsOf(schema, ''), ...pathsOf(schema, `${schema}:`)];
        // Some clients leave the URN out, or put a dot behind it.
        const extended = schemaExtensions.flatMap((extension: Json) =>
          ['', `${extension.schema}:`, `${extension.schema}.`].flatMap((prefix) =>
            pathsOf(extension.schema, prefix),
          ),
        );
        const urns = schemaExtensions.map((extension: Json) => extension.schema);
        const paths = [...own, ...extended, ...urns].map((path) => path.toLowerCase());
        return [endpoint.toLowerCase(), new Set(paths)] as const;
      }),
    );
  }

  /** Whether a text speaks of a schema that isn't declared. */
  private isForeign(text: string): boolean {
    return KNOWN_URNS.some((urn) => !this.urns.includes(urn) && text.toLowerCase().includes(urn));
  }

  /** Whether it tells nothing that a resource has an extension, or not: what recordings give it may have no place. */
  private isPartial(at: string, matcher: Json): boolean {
    const { id, attributes } = EnterpriseUserSchema;
    if (at !== '$.schemas' || !JSON.stringify(matcher).includes(id)) return false;
    return !attributes.every(({ name }) => this.paths.get('/users')?.has(`${id}:${name}`.toLowerCase()));
  }

  private has(endpoint: string, path: string): boolean {
    const name = path.toLowerCase();
    return ENVELOPE.has(name.split(/[.[]/)[0] ?? '') || this.paths.get(endpoint)?.has(name) !== false;
  }

  /** The steps without what isn't declared, and without those that need what is gone. */
  adaptAll(steps: readonly Step[]): readonly Step[] {
    const lost = new Set<string>();
    return steps.flatMap((step) => {
      const adapted = this.adapt(step);
      const text = JSON.stringify(adapted ?? '');
      if (adapted && ![...lost].some((name) => text.includes(`{{${name}}}`))) return [adapted];
      for (const name of [step, ...(step.parallel ?? [])].flatMap(({ save = {} }) => Object.keys(save))) {
        lost.add(name.replace(/\[\]$/, ''));
      }
      return [];
    });
  }

  /** The step without what isn't declared; undefined where nothing is left of it. */
  private adapt(step: Step): Step | undefined {
    if (step.parallel) {
      const steps = step.parallel.map((each) => this.adapt(each));
      return steps.includes(undefined) ? undefined : { ...step, parallel: steps as Step[] };
    }
    if (step.path === undefined) return step;
    const [path = '', query = ''] = decoded(step.path).split('?', 2);
    const endpoint = `/${/^\/*([^/]*)/.exec(path)?.[1]?.toLowerCase()}`;
    const isMissing = (endpoint === '/users' || endpoint === '/groups') && !this.paths.has(endpoint);
    if (isMissing || this.isForeign(path) || !this.hasFilter(endpoint, query)) return undefined;
    const body = this.body(endpoint, step.body);
    if (body === null) return undefined;
    const json = Object.entries(step.expect?.json ?? {}).filter(
      ([at, matcher]) =>
        !this.isForeign(at + JSON.stringify(matcher)) &&
        !this.isPartial(at, matcher) &&
        this.expects(endpoint, at, matcher),
    );
    return {
      ...step,
      ...(body !== undefined && { body }),
      ...(step.expect && { expect: { ...step.expect, json: Object.fromEntries(json) } }),
    };
  }

  private hasFilter(endpoint: string, query: string): boolean {
    const text = /(?:^|&)filter=([^&]*)/.exec(query)?.[1];
    if (text === undefined) return true;
    try {
      return namesIn(parseFilter(text.replaceAll('+', ' '), LENIENT)).every((name) =>
        this.has(endpoint, name),
      );
    } catch {
      // What is no filter, is meant to be none.
      return true;
    }
  }

  /** A body without operations that aren't possible; null where none is left, or others refer to what is missing. */
  private body(endpoint: string, body: Json): Json {
    if (!Array.isArray(body?.Operations) || body.Operations.length === 0) return body;
    if (endpoint === '/bulk') return this.paths.size > 1 ? body : null;
    const Operations = body.Operations.filter(
      ({ path }: Json) => typeof path !== 'string' || this.hasPath(endpoint, path),
    );
    return Operations.length > 0 ? { ...body, Operations } : null;
  }

  /** Whether the attributes of a PATCH path are declared, with those in its filter. */
  private hasPath(endpoint: string, path: string): boolean {
    const [, whole = '', filter, sub] = /^([^[]*)(?:\[(.*)\])?(?:\.([^.\]]+))?$/.exec(path) ?? [];
    const names = filter === undefined ? [] : namesIn(parseFilter(filter));
    const subs = sub === undefined ? names : [...names, sub];
    return [whole, ...subs.map((name) => `${whole}.${name}`)].every((name) => this.has(endpoint, name));
  }

  /** Whether an expectation, such as `$.emails[?type=work].value`, is about what is declared. */
  private expects(endpoint: string, at: string, matcher: Json): boolean {
    if (!this.paths.has(endpoint)) return true;
    const names = at
      .replace(/^\$\.Resources\[[^\]]*\]/, '$')
      .replace(/\['([^']*)'\]/g, '.$1')
      .replace(/\[\?(\w+)=[^\]]*\]/g, '');
    const tested = /\[\?(\w+)=/.exec(at.replace(/^\$\.Resources\[[^\]]*\]/, ''))?.[1];
    const path = names
      .replace(/^\$\.?/, '')
      .replace(/\[[^\]]*\]/g, '')
      .replace(/\.length$/, '');
    // Behind a URN comes a dot.
    const whole = /^(urn:.*:\w+)\.(.*)$/i.exec(path)?.slice(1).join(':') ?? path;
    const keys = keysIn(matcher).map((key) => `${whole}.${key}`);
    const more = tested === undefined ? [] : [`${whole.split('.')[0]}.${tested}`];
    return path === '' || [whole, ...keys, ...more].every((name) => this.has(endpoint, name));
  }
}

/** The attributes that a filter names. */
function namesIn(filter: Filter): readonly string[] {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.flatMap(namesIn);
    case 'not':
      return namesIn(filter.filter);
    case 'valuePath':
      return [filter.path, ...namesIn(filter.filter).map((name) => `${filter.path}.${name}`)];
    default:
      return [filter.path];
  }
}

/** The sub-attributes that a matcher names. */
function keysIn(matcher: Json): readonly string[] {
  if (Array.isArray(matcher)) return matcher.flatMap(keysIn);
  if (typeof matcher !== 'object' || matcher === null) return [];
  return Object.entries(matcher).flatMap(([key, value]) => [
    ...(key.startsWith('$') || key === 'match' || key === 'equals' ? [] : [key]),
    ...keysIn(value),
  ]);
}

/** A path as text; those that are malformed on purpose stay as they are. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}
