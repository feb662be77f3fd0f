import { expect, test } from 'vitest';
import { isEmail } from '../../src/protocol/email.ts';

// RFC 5321 §4.1.2, §4.5.3.1; RFC 6531 §3.3.
test.each([
  ...['ada@example.com', 'a.b+c_d@sub.example.com', 'ada@localhost', '"a b"@example.com', "o'neil@x.test"],
  ...['ada@[127.0.0.1]', 'ada@[IPv6:::1]', 'åda@bücher.example', 'ada@xn--bcher-kva.example', '1@2.test'],
  ...[`${'a'.repeat(64)}@example.com`, 'a-@b-c.test'],
])('%s is an address', (text) => expect(isEmail(text)).toBe(true));

test.each([
  ...['ada', 'ada@', '@example.com', 'ada@@example.com', 'a da@example.com', 'ada@exa mple.com', 'ada@.com'],
  ...[
    '.ada@example.com',
    'ada.@example.com',
    'a..da@example.com',
    'ada@example..com',
    'ada@-a.test',
    '@',
    '',
  ],
  ...[
    'ada@example.com\n',
    'Ada <ada@example.com>',
    'mailto:ada@example.com',
    'a@b.test,c@d.test',
    'a@b_c.test',
  ],
  ...[`${'a'.repeat(65)}@example.com`, `ada@${'a'.repeat(64)}.test`, `ada@${'a.'.repeat(200)}test`],
])('%j is none', (text) => expect(isEmail(text)).toBe(false));
