// Attribute paths and their values as types, from declared schemas (RFC 7643 §7, RFC 7644 §3.10). Types only.
import type { AttributeDefinition } from '../schema/attribute.ts';
import type { COMMON_ATTRIBUTES } from '../schema/common.ts';
import type { AttributeValue } from '../schema/infer.ts';
import type { ResourceType, ResourceTypeDefinition, SchemaExtension } from '../schema/resource-type.ts';

/** Any resource type, as `defineResourceType` returns it. */
export type AnyType = ResourceType<ResourceTypeDefinition>;

type Named<Attribute, Name extends string> = Extract<Attribute, { readonly name: Name }>;
type SubsOf<Attribute> = Attribute extends {
  readonly subAttributes: infer Subs extends readonly AttributeDefinition[];
}
  ? Subs[number]
  : never;
type Within<Attribute, Path extends string> = Path extends `${infer Name}.${infer Sub}`
  ? Named<SubsOf<Named<Attribute, Name>>, Sub>
  : Named<Attribute, Path>;
type WithinExtension<Extension, Path extends string> = Extension extends {
  readonly schema: {
    readonly id: infer Urn extends string;
    readonly attributes: infer List extends readonly AttributeDefinition[];
  };
}
  ? Path extends `${Urn}:${infer Rest}`
    ? Within<List[number], Rest>
    : never
  : never;
type ExtensionOf<Definition extends ResourceTypeDefinition> = Definition extends {
  readonly schemaExtensions: infer List extends readonly SchemaExtension[];
}
  ? List[number]
  : never;

/** Whether a type's schemas were read at run time, so that the compiler knows nothing of them. */
type IsUnknown<Type extends AnyType> = number extends Type['definition']['schema']['attributes']['length']
  ? true
  : false;

/** The declared attribute at a path. */
type AttributeAt<Type extends AnyType, Path extends string> =
  | Within<Type['definition']['schema']['attributes'][number] | (typeof COMMON_ATTRIBUTES)[number], Path>
  | WithinExtension<ExtensionOf<Type['definition']>, Path>;

/** The type of a literal that an attribute is compared with. */
type LiteralOf<Attribute> = Attribute extends { readonly type: infer Kind }
  ? Kind extends 'boolean'
    ? boolean
    : Kind extends 'integer' | 'decimal'
      ? number
      : Kind extends 'dateTime'
        ? string | Date
        : Kind extends 'complex'
          ? LiteralOf<Named<SubsOf<Attribute>, 'value'>>
          : string
  : string;

/** What the attribute at a path may be compared with in a filter. */
export type FilterValue<Type extends AnyType, Path extends string> =
  IsUnknown<Type> extends true ? string | number | boolean | Date : LiteralOf<AttributeAt<Type, Path>>;

type Fixed = { readonly mutability: 'readOnly' };

type WritableSub<Sub> = Sub extends Fixed
  ? never
  : Sub extends { readonly name: infer Name extends string }
    ? Name
    : never;
// A value among several is reached by a filter, not by its sub-attribute alone.
type WritableOf<Attribute, Prefix extends string = ''> = Attribute extends Fixed
  ? never
  : Attribute extends { readonly name: infer Name extends string }
    ?
        | `${Prefix}${Name}`
        | (Attribute extends { readonly multiValued: true }
            ? never
            : `${Prefix}${Name}.${WritableSub<SubsOf<Attribute>>}`)
    : never;
type WritableOfExtension<Extension> = Extension extends {
  readonly schema: {
    readonly id: infer Urn extends string;
    readonly attributes: infer List extends readonly AttributeDefinition[];
  };
}
  ? WritableOf<List[number], `${Urn}:`>
  : never;

/** The paths that a client may write. */
export type WritablePath<Type extends AnyType> =
  IsUnknown<Type> extends true
    ? string
    :
        | 'externalId'
        | WritableOf<Type['definition']['schema']['attributes'][number]>
        | WritableOfExtension<ExtensionOf<Type['definition']>>;

/** What is written at a path: of a multi-valued attribute, an array. */
export type WrittenValue<Type extends AnyType, Path extends string> =
  IsUnknown<Type> extends true ? unknown : AttributeValue<AttributeAt<Type, Path>>;

/** The paths of attributes with several values. */
export type MultiValuedPath<Type extends AnyType> =
  IsUnknown<Type> extends true
    ? string
    : {
        [Path in WritablePath<Type>]: AttributeAt<Type, Path> extends { readonly multiValued: true }
          ? Path
          : never;
      }[WritablePath<Type>];

/** The names of an attribute's sub-attributes. */
export type SubName<Type extends AnyType, Path extends string> =
  IsUnknown<Type> extends true ? string : SubsOf<AttributeAt<Type, Path>>['name'];

/** What the sub-attribute of an attribute may be compared with. */
export type SubFilterValue<Type extends AnyType, Path extends string, Sub extends string> =
  IsUnknown<Type> extends true
    ? string | number | boolean | Date
    : LiteralOf<Named<SubsOf<AttributeAt<Type, Path>>, Sub>>;

/** One value of an attribute that has several. */
export type ElementOf<Type extends AnyType, Path extends string> =
  WrittenValue<Type, Path> extends readonly (infer Element)[] ? Element : unknown;

/** The value of a sub-attribute. */
export type SubValue<Type extends AnyType, Path extends string, Sub extends string> =
  IsUnknown<Type> extends true ? unknown : AttributeValue<Named<SubsOf<AttributeAt<Type, Path>>, Sub>>;
