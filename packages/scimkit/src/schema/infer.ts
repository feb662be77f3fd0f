// RFC 7643 §2, §7, as types: what a resource looks like follows from its declared schemas. Types only.
import type { AttributeDefinition } from './attribute.ts';
import type { COMMON_ATTRIBUTES } from './common.ts';
import type { ResourceTypeDefinition, SchemaExtension } from './resource-type.ts';
import type { SchemaDefinition } from './schema.ts';

/** Any resource type, as `defineResourceType` returns it: only its definition counts for the types. */
interface Declared {
  readonly definition: ResourceTypeDefinition;
}

type Attributes = readonly AttributeDefinition[];
type Direction = 'output' | 'input';

// The positions of a tuple, without the methods of arrays; of a list that isn't a tuple, none.
type Positions<List extends readonly unknown[]> = Exclude<keyof List, keyof (readonly unknown[])>;
type Flat<T> = { [Key in keyof T]: T[Key] } & {};

type Text<Attribute> = Attribute extends { readonly canonicalValues: readonly (infer Value extends string)[] }
  ? Attribute extends { readonly canonicalValuesOnly: true }
    ? Value
    : Value | (string & {})
  : string;

type Single<Attribute, Way extends Direction> = Attribute extends { readonly type: infer Type }
  ? Type extends 'boolean'
    ? boolean
    : Type extends 'integer' | 'decimal'
      ? number
      : Type extends 'complex'
        ? Attribute extends { readonly subAttributes: infer Subs extends Attributes }
          ? Shape<Subs, Way>
          : never
        : Text<Attribute>
  : Text<Attribute>;

type Value<Attribute, Way extends Direction> = Attribute extends { readonly multiValued: true }
  ? Way extends 'input'
    ? readonly Single<Attribute, Way>[]
    : Single<Attribute, Way>[]
  : Single<Attribute, Way>;

type Hidden<Way extends Direction> = Way extends 'input'
  ? { readonly mutability: 'readOnly' }
  : { readonly mutability: 'writeOnly' } | { readonly returned: 'never' };

/** The value of a declared attribute, as a client sends it. */
export type AttributeValue<Attribute> = Value<Attribute, 'input'>;

// What is returned on request only may be absent from an output even when it is required.
type MustHave<Attribute, Way extends Direction> = Attribute extends { readonly required: true }
  ? [Way, Attribute] extends ['output', { readonly returned: 'request' }]
    ? false
    : true
  : false;

// The name of an attribute that goes this way and must, or need not, be there.
type NameOf<Attribute, Way extends Direction, Must extends boolean> =
  Attribute extends Hidden<Way>
    ? never
    : MustHave<Attribute, Way> extends Must
      ? Attribute extends { readonly name: infer Name extends string }
        ? Name
        : never
      : never;

// Unassigned is null, or absent (RFC 7643 §2.5): an input may say either.
type Shape<List extends Attributes, Way extends Direction> = Flat<
  {
    [At in Positions<List> as NameOf<List[At], Way, true>]: Value<List[At], Way>;
  } & (Way extends 'input'
    ? { [At in Positions<List> as NameOf<List[At], Way, false>]?: Value<List[At], Way> | null | undefined }
    : { [At in Positions<List> as NameOf<List[At], Way, false>]?: Value<List[At], Way> })
>;

type Extensions<Definition extends ResourceTypeDefinition> = Definition extends {
  readonly schemaExtensions: infer List extends readonly SchemaExtension[];
}
  ? List
  : readonly [];

type UrnOf<Extension, Must extends boolean> = Extension extends {
  readonly schema: { readonly id: infer Urn extends string };
}
  ? (Extension extends { readonly required: true } ? true : false) extends Must
    ? Urn
    : never
  : never;

type ExtensionShape<Extension, Way extends Direction> = Extension extends {
  readonly schema: { readonly attributes: infer List extends Attributes };
}
  ? Shape<List, Way>
  : never;

type ExtensionShapes<List extends readonly SchemaExtension[], Way extends Direction> = {
  [At in Positions<List> as UrnOf<List[At], true>]: ExtensionShape<List[At], Way>;
} & (Way extends 'input'
  ? { [At in Positions<List> as UrnOf<List[At], false>]?: ExtensionShape<List[At], Way> | null | undefined }
  : { [At in Positions<List> as UrnOf<List[At], false>]?: ExtensionShape<List[At], Way> });

// A schema that was read at run time has no literal types: its attributes are unknown to the compiler.
type Core<
  Schema extends SchemaDefinition,
  Way extends Direction,
> = number extends Schema['attributes']['length']
  ? { [attribute: string]: unknown }
  : Shape<Schema['attributes'], Way>;

/** The metadata of a resource of the named type (RFC 7643 §3.1). */
export interface Meta<Name extends string = string> {
  resourceType: Name;
  created?: string;
  lastModified?: string;
  location?: string;
  version?: string;
}

/**
 * A resource as it is sent: without what is never returned, such as `password`, and with what is readOnly,
 * such as `groups`.
 *
 * @example
 * type User = Resource<typeof User>;
 */
export type Resource<Type extends Declared> = Type extends { readonly definition: infer Definition }
  ? Definition extends ResourceTypeDefinition
    ? Flat<
        {
          schemas: string[];
          id: string;
          externalId?: string;
          meta: Meta<Definition['name']>;
        } & Core<Definition['schema'], 'output'> &
          ExtensionShapes<Extensions<Definition>, 'output'>
      >
    : never
  : never;

/**
 * What a client sends to create or replace a resource: without what is readOnly, such as `id` and `groups`,
 * and with what is never returned, such as `password`. An attribute that isn't required may be null.
 */
export type ResourceInput<Type extends Declared> = Type extends { readonly definition: infer Definition }
  ? Definition extends ResourceTypeDefinition
    ? Flat<
        {
          schemas?: readonly string[];
          externalId?: string | null | undefined;
        } & Core<Definition['schema'], 'input'> &
          ExtensionShapes<Extensions<Definition>, 'input'>
      >
    : never
  : never;

type PathsOf<Attribute, Prefix extends string = ''> = Attribute extends {
  readonly name: infer Name extends string;
}
  ? Attribute extends { readonly subAttributes: readonly { readonly name: infer Sub extends string }[] }
    ? `${Prefix}${Name}` | `${Prefix}${Name}.${Sub}`
    : `${Prefix}${Name}`
  : never;

type ExtensionPaths<Extension> = Extension extends {
  readonly schema: {
    readonly id: infer Urn extends string;
    readonly attributes: infer List extends Attributes;
  };
}
  ? PathsOf<List[number], `${Urn}:`>
  : never;

/**
 * The paths of a resource type's attributes, as in a filter (RFC 7644 §3.10): 'userName', 'name.givenName',
 * 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department'.
 */
export type AttributePath<Type extends Declared> = Type extends { readonly definition: infer Definition }
  ? Definition extends ResourceTypeDefinition
    ? number extends Definition['schema']['attributes']['length']
      ? string
      :
          | PathsOf<(typeof COMMON_ATTRIBUTES)[number]>
          | PathsOf<Definition['schema']['attributes'][number]>
          | ExtensionPaths<Extensions<Definition>[number]>
    : never
  : never;

type Every<Definition extends ResourceTypeDefinition> =
  | Definition['schema']['attributes'][number]
  | Extensions<Definition>[number]['schema']['attributes'][number];

// Multi-valued, with `$ref`, and nothing but what a reference has: see `ResolvedAttribute.relation`.
type RelationName<Attribute> = Attribute extends {
  readonly name: infer Name extends string;
  readonly multiValued: true;
  readonly subAttributes: readonly { readonly name: infer Sub }[];
}
  ? '$ref' extends Sub
    ? Exclude<Sub, 'value' | '$ref' | 'type' | 'display'> extends never
      ? Name
      : never
    : never
  : never;

/**
 * A resource's own data, as stores and middleware see it: without `schemas`, `id`, `meta` and relations such as `members`.
 * It may have more at run time: the compiler doesn't see what is never returned.
 */
export type StoredAttributes<Type extends Declared> = Type extends { readonly definition: infer Definition }
  ? Definition extends ResourceTypeDefinition
    ? number extends Definition['schema']['attributes']['length']
      ? Readonly<Record<string, unknown>>
      : Readonly<
          Omit<
            Resource<Type>,
            'schemas' | 'id' | 'meta' | RelationName<Definition['schema']['attributes'][number]>
          >
        >
    : never
  : never;

/** The values of writeOnly attributes, such as `password`, by the attribute's name. */
export type Secrets<Type extends Declared> = Type extends { readonly definition: infer Definition }
  ? Definition extends ResourceTypeDefinition
    ? number extends Definition['schema']['attributes']['length']
      ? Readonly<Record<string, unknown>>
      : {
          readonly [Attribute in Every<Definition> as Attribute extends { readonly mutability: 'writeOnly' }
            ? Attribute['name']
            : never]?: Value<Attribute, 'input'>;
        }
    : never
  : never;
