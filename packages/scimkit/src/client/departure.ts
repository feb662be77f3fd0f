// What service providers answer instead of what the RFCs say, and how it is read all the same.

/** The departures that are known, each with the section that says otherwise. */
const SECTIONS = {
  'content-type': 'RFC 7644 §3.1: the media type is application/scim+json',
  status: 'RFC 7644 §3.3 to §3.6: 201 for a creation, 200 or 204 for a change, 204 for a deletion',
  location: 'RFC 7644 §3.3: a creation is answered with Location',
  'empty-answer': 'RFC 7644 §3.3, §3.5.1: the answer has the resource',
  'message-schemas': 'RFC 7644 §3.4.2: "schemas" says that it is a ListResponse',
  'list-as-array': 'RFC 7644 §3.4.2: a list is a ListResponse',
  'total-results': 'RFC 7644 §3.4.2: "totalResults" is required, a number',
  resources: 'RFC 7644 §3.4.2: "Resources" is an array, required where there are results',
  id: 'RFC 7643 §3.1: every resource has an "id"',
  'resource-type': 'RFC 7643 §6: a resource type has a name, an endpoint, and a schema that /Schemas lists',
  schemas: 'RFC 7643 §3: every resource has "schemas"',
  meta: 'RFC 7643 §3.1: every resource has "meta"',
  'attribute-case': 'RFC 7643 §4: attributes are spelled as their schema spells them',
  'boolean-strings': 'RFC 7643 §2.3.2: a boolean is true or false, no string',
  error: 'RFC 7644 §3.12: an error has the schema Error, with "status" and "detail"',
} as const;

/** The name of a departure. */
export type DepartureName = keyof typeof SECTIONS;

/** Something in an answer that departs from the RFCs and was read all the same. */
export interface Departure {
  readonly name: DepartureName;
  /** The attribute, header or place. */
  readonly where: string;
  /** What the RFCs say, and where. */
  readonly section: string;
  readonly method: string;
  readonly url: string;
}

/** Takes a note of a departure; in strict mode it throws. */
export type ReportDeparture = (name: DepartureName, where: string) => void;

/** What the RFCs say instead. */
export function sectionOf(name: DepartureName): string {
  return SECTIONS[name];
}
