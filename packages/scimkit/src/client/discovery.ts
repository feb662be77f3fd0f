// RFC 7644 §4: what a service provider tells of itself, as resource types that the client can work with.
import { ScimError } from '../protocol/error.ts';
import { isObject, type JsonObject, member } from '../protocol/message.ts';
import { ATTRIBUTE_NAME, type AttributeDefinition, CHOICES, TYPES } from '../schema/attribute.ts';
import { EnterpriseUserSchema } from '../schema/enterprise-user.ts';
import { GroupSchema } from '../schema/group.ts';
import { defineResourceType, type ResourceType } from '../schema/resource-type.ts';
import type { SchemaDefinition } from '../schema/schema.ts';
import { UserSchema } from '../schema/user.ts';
import { type Answer, invalidAnswer } from './answer.ts';
import type { ReportDeparture } from './departure.ts';
import { readList } from './list-answer.ts';
import type { RequestOptions } from './options.ts';
import { unlessAborted } from './pause.ts';
import type { Sender } from './sender.ts';

/** What a service provider can do (RFC 7643 §5), with what it doesn't say as "no". */
export interface ProviderConfig {
  readonly patch: { readonly supported: boolean };
  readonly bulk: {
    readonly supported: boolean;
    /** Operations in one request, and octets of its body; undefined: it doesn't say. */
    readonly maxOperations: number | undefined;
    readonly maxPayloadSize: number | undefined;
  };
  readonly filter: { readonly supported: boolean; readonly maxResults: number | undefined };
  readonly changePassword: { readonly supported: boolean };
  readonly sort: { readonly supported: boolean };
  readonly etag: { readonly supported: boolean };
  /** RFC 9865 §3. */
  readonly pagination: {
    readonly cursor: boolean;
    readonly index: boolean;
    readonly defaultPaginationMethod: 'index' | 'cursor';
    readonly maxPageSize: number | undefined;
  };
  readonly authenticationSchemes: readonly JsonObject[];
  /** The document as it was sent. */
  readonly document: JsonObject;
}

const limit = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 ? value : undefined;

/** What a configuration tells of, and nothing else does (RFC 7643 §5, RFC 9865 §3). */
const FEATURES = ['patch', 'bulk', 'filter', 'changePassword', 'sort', 'etag', 'pagination'];

function readConfig(answer: Answer): ProviderConfig {
  const { body } = answer;
  // Some send it as the only resource of a list.
  const list = isObject(body) ? member(body, 'Resources') : undefined;
  const document: unknown = Array.isArray(list) ? list[0] : body;
  if (!isObject(document) || !FEATURES.some((name) => isObject(member(document, name))))
    throw invalidAnswer(answer, 'the answer is no ServiceProviderConfig.');
  const part = (name: string): JsonObject => {
    const value = member(document, name);
    return isObject(value) ? value : {};
  };
  const feature = (name: string) => ({ supported: part(name).supported === true });
  const pagination = part('pagination');
  const schemes = member(document, 'authenticationSchemes');
  return {
    patch: feature('patch'),
    bulk: {
      ...feature('bulk'),
      maxOperations: limit(part('bulk').maxOperations),
      maxPayloadSize: limit(part('bulk').maxPayloadSize),
    },
    filter: { ...feature('filter'), maxResults: limit(part('filter').maxResults) },
    changePassword: feature('changePassword'),
    sort: feature('sort'),
    etag: feature('etag'),
    pagination: {
      cursor: pagination.cursor === true,
      index: pagination.index !== false,
      defaultPaginationMethod: pagination.defaultPaginationMethod === 'cursor' ? 'cursor' : 'index',
      maxPageSize: limit(pagination.maxPageSize),
    },
    authenticationSchemes: Array.isArray(schemes) ? schemes.filter(isObject) : [],
    document,
  };
}

const oneOf = <Value extends string>(values: readonly Value[], value: unknown): Value | undefined =>
  values.find(
    (known) => known.toLowerCase() === (typeof value === 'string' ? value.toLowerCase() : undefined),
  );

/** An attribute of a published schema; what is wrong in it takes the default of RFC 7643 §2.2. */
function readAttribute(json: unknown, depth = 0): AttributeDefinition | undefined {
  if (!isObject(json) || typeof json.name !== 'string') return undefined;
  if (!ATTRIBUTE_NAME.test(json.name)) return undefined;
  const subs = Array.isArray(json.subAttributes) ? readAttributes(json.subAttributes, depth + 1) : [];
  const kind = oneOf(TYPES, json.type) ?? 'string';
  // A complex attribute without parts, or one within another, can't be declared: its values are passed on as they are.
  const type = kind === 'complex' && (subs.length === 0 || depth > 0) ? 'string' : kind;
  const mutability = oneOf(CHOICES.mutability, json.mutability);
  const returned = oneOf(CHOICES.returned, json.returned);
  const uniqueness = oneOf(CHOICES.uniqueness, json.uniqueness);
  const texts = (value: unknown) =>
    Array.isArray(value) ? value.filter((text): text is string => typeof text === 'string') : [];
  return {
    name: json.name,
    type,
    multiValued: json.multiValued === true,
    ...(typeof json.description === 'string' && { description: json.description }),
    required: json.required === true,
    caseExact: json.caseExact === true,
    canonicalValues: texts(json.canonicalValues),
    referenceTypes: texts(json.referenceTypes),
    ...(mutability && { mutability }),
    ...(mutability === 'writeOnly' ? { returned: 'never' as const } : returned && { returned }),
    ...(uniqueness && { uniqueness }),
    ...(type === 'complex' && { subAttributes: subs }),
  };
}

/** The attributes of a published schema, each name once. */
function readAttributes(list: readonly unknown[], depth = 0): AttributeDefinition[] {
  const byName = new Map<string, AttributeDefinition>();
  for (const json of list) {
    const attribute = readAttribute(json, depth);
    const key = attribute?.name.toLowerCase();
    if (attribute && key !== undefined && !byName.has(key)) byName.set(key, attribute);
  }
  return [...byName.values()];
}

/** Attributes that every resource has, and that some publish with their schemas. */
const COMMON = new Set(['schemas', 'id', 'externalid', 'meta']);

function readSchema(json: JsonObject): SchemaDefinition | undefined {
  if (typeof json.id !== 'string' || !Array.isArray(json.attributes)) return undefined;
  const attributes = readAttributes(json.attributes).filter(({ name }) => !COMMON.has(name.toLowerCase()));
  return {
    id: json.id,
    ...(typeof json.name === 'string' && { name: json.name }),
    ...(typeof json.description === 'string' && { description: json.description }),
    attributes,
  };
}

function readResourceType(
  json: JsonObject,
  find: (urn: unknown) => SchemaDefinition | undefined,
): ResourceType | undefined {
  const schema = find(json.schema);
  const endpoint =
    typeof json.endpoint === 'string' ? json.endpoint.split('/').filter(Boolean).at(-1) : undefined;
  if (typeof json.name !== 'string' || !schema || !endpoint) return undefined;
  const list = Array.isArray(json.schemaExtensions) ? json.schemaExtensions.filter(isObject) : [];
  const extensions = list.flatMap((extension) => {
    const found = find(extension.schema);
    return found && found.id !== schema.id ? [{ schema: found, required: extension.required === true }] : [];
  });
  try {
    return defineResourceType({
      name: json.name.replace(/[^A-Za-z0-9_-]/g, ''),
      endpoint: `/${endpoint}`,
      schema,
      schemaExtensions: extensions,
      ...(typeof json.description === 'string' && { description: json.description }),
    });
  } catch {
    // What can't be declared can't be used either; the others can.
    return undefined;
  }
}

/** What is listed, and who takes note of what departs in it. */
interface Documents {
  readonly documents: readonly JsonObject[];
  readonly depart: ReportDeparture;
}

/** Statuses of who has no ServiceProviderConfig, or none for this client. */
const NONE = new Set([400, 403, 404, 405, 501]);

/** The requests of discovery. */
export class Discovery {
  private readonly sender: Sender;
  private config: Promise<ProviderConfig | undefined> | undefined;

  constructor(sender: Sender) {
    this.sender = sender;
  }

  /** The configuration, asked for anew. */
  async readConfig({ signal }: RequestOptions): Promise<ProviderConfig> {
    let config: ProviderConfig | undefined;
    await this.sender.send({
      ...{ method: 'GET', path: '/ServiceProviderConfig', repeatable: true, signal },
      check: (answer) => {
        config = readConfig(answer);
      },
    });
    return config as ProviderConfig;
  }

  /** The configuration, as it was when it was first needed; undefined: there is none to be had. */
  configIfAny({ signal }: RequestOptions): Promise<ProviderConfig | undefined> {
    this.config ??= this.readConfig({}).catch((error: unknown) => {
      // Who has none has none later; what failed is asked for again.
      if (!(error instanceof ScimError) || !NONE.has(error.status)) this.config = undefined;
      return undefined;
    });
    return unlessAborted(this.config, signal);
  }

  /** The documents under /Schemas, as they are. */
  async schemas(options: RequestOptions): Promise<readonly JsonObject[]> {
    return (await this.documents('/Schemas', options)).documents;
  }

  /** The resource types under /ResourceTypes with their schemas, compiled. */
  async resourceTypes(options: RequestOptions): Promise<readonly ResourceType[]> {
    const [{ documents, depart }, schemas] = await Promise.all([
      this.documents('/ResourceTypes', options),
      this.schemas(options),
    ]);
    const byUrn = new Map<string, SchemaDefinition>(
      [UserSchema, GroupSchema, EnterpriseUserSchema].map((schema) => [schema.id.toLowerCase(), schema]),
    );
    for (const json of schemas) {
      const schema = readSchema(json);
      if (schema) byUrn.set(schema.id.toLowerCase(), schema);
    }
    const find = (urn: unknown) => (typeof urn === 'string' ? byUrn.get(urn.toLowerCase()) : undefined);
    return documents.flatMap((json) => {
      const type = readResourceType(json, find);
      if (!type) depart('resource-type', String(json.name));
      return type ?? [];
    });
  }

  private async documents(path: string, { signal }: RequestOptions): Promise<Documents> {
    let list: readonly unknown[] = [];
    const { depart } = await this.sender.send({
      ...{ method: 'GET', path, repeatable: true, signal },
      check: (answer) => {
        list = readList(answer, (json) => json).resources;
      },
    });
    return { documents: list.filter(isObject), depart };
  }
}
