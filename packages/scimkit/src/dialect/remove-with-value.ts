import { isObject, member } from '../protocol/message.ts';
import { isEmpty } from '../protocol/value.ts';
import type { Rewrite } from './rewrite.ts';

/** `remove` with a value: these values alone, never all. An empty array removes nothing; null counts as absent. */
export const removeWithValue: Rewrite = {
  name: 'remove-with-value',
  effect: '`remove` with a value: these values alone; an empty array removes nothing',
  evidence: 'Entra ID (entra-08), JumpCloud, ssosync, Salesforce-style nested members (variants-01; 29)',
  section: 'RFC 7644 §3.5.2.2',
  operation(operation) {
    const { op, path, value, elements } = operation;
    if (op !== 'remove' || typeof path !== 'string' || elements !== undefined) return undefined;
    if (value === undefined || value === null || value === '') return undefined;
    if (path.includes('[')) return isEmpty(value) ? undefined : [{ op, path }];
    const nested = isObject(value) ? member(value, path) : undefined;
    return [{ op, path, elements: nested ?? value }];
  },
};
