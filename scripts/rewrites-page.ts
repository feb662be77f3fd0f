// docs/rewrites.md, made from the rewrites themselves.
import { REWRITES } from '../packages/scimkit/src/dialect/dialect.ts';
import { REWRITES_BY_IDENTITY_PROVIDER } from '../packages/scimkit/src/dialect/identity-providers.ts';

/** The page as Markdown. */
export function rewritesPage(): string {
  // Recordings are cited in the code; the page names who sends it.
  const senders = (evidence: string) => evidence.replace(/ ?\([^)]*\)/g, '');
  const rows = REWRITES.map(
    ({ name, effect, section, evidence }) =>
      `| \`${name}\` | ${effect} | ${section} | ${senders(evidence)} |`,
  );
  const providers = Object.entries(REWRITES_BY_IDENTITY_PROVIDER).map(
    ([provider, names]) => `| ${provider} | ${names.map((name) => `\`${name}\``).join(', ')} |`,
  );
  return [
    '# Rewrites',
    '',
    '<!-- Made from the code by `npm run docs`. -->',
    '',
    'What identity providers send is not always what the RFCs say. Each known departure is accepted by a rewrite that has',
    'a name. All are on by default; `strict: true` (`scimkit serve --strict`) turns them all off, and `rewrites` switches',
    'single ones:',
    '',
    '```js',
    "createServiceProvider({ ...options, rewrites: { 'unquoted-values': false } });",
    '```',
    '',
    '`observe` gets the name of each rewrite that a request needed. Turned off, what it would have accepted is refused with',
    'an error that names the place.',
    '',
    '| rewrite | accepts | departs from | seen at |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '## By identity provider',
    '',
    "A request doesn't say who sent it, so the rewrites don't depend on that. Where only one identity provider connects, the",
    'others can be turned off.',
    '',
    '| identity provider | needs |',
    '| --- | --- |',
    ...providers,
    '',
  ].join('\n');
}
