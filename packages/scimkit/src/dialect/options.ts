// Rewrites that are options of the protocol's own algorithms: those report them where they apply them.
import type { Rewrite } from './rewrite.ts';

/** The rewrites without code of their own. */
export const optionRewrites: readonly Rewrite[] = [
  {
    name: 'unquoted-values',
    effect: 'a word without quotes as a value in a filter',
    option: 'unquotedValues',
    evidence: "Entra ID's documentation (entra-05), older authentik (authentik-01; 9)",
    section: 'RFC 7644 §3.4.2.2, figure 1',
  },
  {
    name: 'compared-value-path',
    effect: '`emails[type eq "work"].value eq "x"` in a filter',
    option: 'comparedValuePath',
    evidence: 'Entra ID: emails[type eq "work"].value eq "x" (entra-01; 9)',
    section: 'RFC 7644 §3.4.2.2, figure 1',
  },
  {
    name: 'missing-element',
    effect: '`add` and `replace` at a value path that matches nothing: the value is made',
    option: 'missingElement',
    evidence: 'Entra ID: add and replace at a value path that matches nothing (entra-04; 25)',
    section: 'RFC 7644 §3.5.2.3',
  },
  {
    name: 'keep-absent',
    effect: 'PUT without `active` or `members`: they stay',
    option: 'keepAbsent',
    evidence: 'Keycloak: PUT of a group without members; PUT without active (33, 34)',
    section: 'RFC 7644 §3.5.1',
  },
  {
    name: 'one-primary',
    effect: 'several primary values: the first stays so',
    option: 'onePrimary',
    evidence: 'PingFederate: two primary e-mails (18)',
    section: 'RFC 7643 §2.4',
  },
  {
    name: 'loose-schemas',
    effect: '`schemas` that is missing, incomplete, or names unknown schemas',
    option: 'looseSchemas',
    evidence: 'Entra ID (entra-05, entra-08), Google (google-01), OneLogin (onelogin-01; 13)',
    section: 'RFC 7643 §3',
  },
  {
    name: 'attributes-win',
    effect: '`attributes` together with `excludedAttributes`: the former wins',
    option: 'attributesWin',
    evidence: 'clients that send attributes and excludedAttributes together',
    section: 'RFC 7644 §3.9',
  },
  {
    name: 'stray-slashes',
    effect: 'doubled slashes in a URL, and one at its end',
    option: 'straySlashes',
    evidence: 'base URLs pasted with a slash at their end (edge-03; 4)',
    section: 'RFC 7644 §3.2',
  },
  {
    name: 'parameter-case',
    effect: 'names of parameters in any case',
    option: 'parameterCase',
    evidence: "Entra ID's inbound collection: startindex=0 (4)",
    section: 'RFC 7644 §3.4.2',
  },
  {
    name: 'unknown-attributes',
    effect: 'attributes and schemas that the resource type does not have: ignored, and reported',
    option: 'unknownAttributes',
    evidence: "Entra ID's documentation (entra-05; 13)",
    section: 'draft-zollner-scim-interop-profile §5.3',
  },
  {
    name: 'without-path',
    effect:
      'a PATCH operation without `path`: its value has the attributes. The RFC has it, the profile does not',
    option: 'withoutPath',
    evidence:
      'Okta (okta-03, okta-06), Entra ID with aadOptscim062020 (entra-03, entra-09), Google (google-01; 21, 22)',
    section: 'draft-zollner-scim-interop-profile §6.5.1.1',
  },
];
