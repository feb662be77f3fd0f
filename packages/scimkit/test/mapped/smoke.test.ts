import { describe, expect, test } from 'vitest';
import { fresh, group, made, patchOp, user } from '../fixture.ts';
import { MAPPED } from './directory.ts';

describe.each(MAPPED)('%s', (_, create) => {
  test('works', async () => {
    const send = fresh(create(), { verboseErrors: true });
    const a = await send('POST', '/Users', user('A@x.org', { name: { givenName: 'G' }, emails: [{ value: 'a@x', type: 'work', primary: true }], nickName: 'nick', externalId: 'e1' }));
    expect(a.status, JSON.stringify(a.body)).toBe(201);
    console.log(JSON.stringify(a.body));
    const g = await send('POST', '/Groups', group('team', [a.body.id]));
    expect(g.status, JSON.stringify(g.body)).toBe(201);
    console.log(JSON.stringify(g.body));
    for (const filter of ['userName eq "a@X.org"', 'emails[type eq "work" and value co "@x"]', 'nickName eq "NICK"', 'active eq true', 'groups.display eq "team"', `groups[value eq "${g.body.id}"]`, 'name.givenName pr', 'meta.created gt "2020-01-01T00:00:00Z"', `id eq "${a.body.id}"`, 'externalId eq "e1"']) {
      const found = await send('GET', `/Users?filter=${encodeURIComponent(filter)}`);
      expect(found.body.totalResults, filter + JSON.stringify(found.body)).toBe(1);
      const not = await send('GET', `/Users?filter=${encodeURIComponent(`not (${filter})`)}`);
      expect(not.body.totalResults, filter + JSON.stringify(not.body)).toBe(0);
    }
    const p = await send('PATCH', `/Users/${a.body.id}`, patchOp({ op: 'replace', path: 'active', value: false }, { op: 'replace', path: 'emails[type eq "work"].value', value: 'b@x' }));
    console.log(JSON.stringify(p.body));
    expect(p.status).toBe(200);
    expect((await send('DELETE', `/Users/${a.body.id}`)).status).toBe(204);
    const after = await send('GET', `/Groups/${g.body.id}`);
    console.log(JSON.stringify(after.body));
    void made;
  });
});
