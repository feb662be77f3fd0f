// What scim2-tester objects to and we do on purpose, each with the reason. Whatever is not here is an error.

/** An objection of scim2-tester's that stands. */
export interface Objection {
  readonly check: string;
  /** null: none. */
  readonly resourceType: string | null;
  /** What its reason says. */
  readonly says: RegExp;
  readonly because: string;
}

const MEMBERS =
  'members.display is the name that the member has, which the server knows and looks up (RFC 7643 §2.4 "display", ' +
  'readOnly here): it is sent back though the client did not send it. The tester expects the very object that it sent.';

const SCHEMAS_INSIDE =
  'In strict mode what is unknown is refused (draft-zollner-scim-interop-profile §5.3), and the tester sends "schemas" ' +
  'inside the object of the extension, where no schema has it. By default it is ignored.';
const UNKNOWN_SCHEMAS =
  /There is no attribute "urn:ietf:params:scim:schemas:extension:enterprise:2\.0:User:schemas"/;

export const OBJECTIONS: readonly Objection[] = [
  {
    check: 'check_add_attribute',
    resourceType: 'User',
    says: UNKNOWN_SCHEMAS,
    because: SCHEMAS_INSIDE,
  },
  {
    check: 'check_replace_attribute',
    resourceType: 'User',
    says: UNKNOWN_SCHEMAS,
    because: SCHEMAS_INSIDE,
  },
  {
    check: 'service_provider_config_endpoint',
    resourceType: null,
    says: /1 validation error for ServiceProviderConfig\ninteropProfileConformant\n {2}Extra inputs are not permitted/,
    because:
      'In strict mode ServiceProviderConfig says interopProfileConformant, which draft-zollner-scim-interop-profile §4 ' +
      'adds; the tester knows the attributes of RFC 7643 alone.',
  },
  {
    check: 'check_remove_attribute',
    resourceType: 'User',
    says: /^PATCH modify\(\) did not remove attribute 'active'$/,
    because:
      'Clearing "active" never gives access back: a user who is inactive stays so until a client says true ' +
      '(RFC 7643 §4.1.1 leaves the meaning of an absent "active" to the service provider).',
  },
  {
    check: 'check_add_attribute',
    resourceType: 'Group',
    says: /^Attribute 'members' was not added[\s\S]*display=None[\s\S]*display='/,
    because: MEMBERS,
  },
  {
    check: 'check_replace_attribute',
    resourceType: 'Group',
    says: /^Attribute 'members' was not replaced[\s\S]*display=None[\s\S]*display='/,
    because: MEMBERS,
  },
];
