// The rules of CONTRIBUTING.md as functions from sources to complaints. An empty list means that the rule holds.
import type { Source } from './source.ts';

const library = 'packages/scimkit/src/';

/** Each folder of the library, and what its files may import besides their own folder. */
const arrows: Record<string, readonly string[]> = {
  schema: [],
  protocol: ['schema'],
  dialect: ['schema', 'protocol'],
  store: ['schema', 'protocol'],
  authentication: ['schema', 'protocol'],
  provider: ['schema', 'protocol', 'dialect', 'store', 'authentication'],
  middleware: ['schema', 'protocol', 'dialect', 'store', 'authentication', 'provider'],
  adapter: ['provider', 'protocol/error.ts'],
  client: ['schema', 'protocol'],
  tester: ['schema', 'protocol', 'client'],
};

/** Each package, and which of the others it may import, always by name. */
const packageArrows: Record<string, readonly string[]> = {
  scimkit: [],
  server: ['scimkit'],
  cli: ['scimkit', '@scimkit/server'],
};

/** The hosts that are Node's, and the database that Node brings. */
const mayUseNode =
  /^packages\/scimkit\/src\/(adapter\/(node|node-request|node-linger|node-pieces|node-readable|trusted-proxies|express|fastify|koa|nest)|store\/sql\/[a-z-]*sqlite[a-z-]*)\.ts$/;

/** Optional peers, each behind a subpath of its own. */
const peers: readonly (readonly [files: RegExp, specifiers: RegExp])[] = [
  [/^packages\/scimkit\/src\/authentication\/jwt\.ts$/, /^jose$/],
  [/^packages\/scimkit\/src\/store\/mapped\/kysely(-[a-z-]+)?\.ts$/, /^kysely$/],
  [/^packages\/scimkit\/src\/store\/mapped\/drizzle(-[a-z-]+)?\.ts$/, /^drizzle-orm$/],
];

const forbiddenFolders = new Set(['utils', 'util', 'helpers', 'helper', 'common', 'lib']);

const identityProviders =
  /\b(entra|okta|onelogin|jumpcloud|google|keycloak|authentik|sailpoint|rippling|pingfederate)\b/i;

/** Relative imports as paths of files; everything else is left out. */
function localImports(source: Source): { specifier: string; target: string }[] {
  return source.imports
    .filter((specifier) => /^\.{1,2}\//.test(specifier))
    .map((specifier) => ({
      specifier,
      target: new URL(specifier, `file:///${source.path}`).pathname.slice(1),
    }));
}

/** The arrows between the folders of the library. */
export function folderArrows(sources: Source[]): string[] {
  return sources
    .filter((source) => source.path.startsWith(library) && source.path !== `${library}index.ts`)
    .flatMap((source) => {
      const inside = source.path.slice(library.length);
      const folder = inside.slice(0, inside.indexOf('/'));
      const allowed = arrows[folder];
      if (!allowed) return [`${source.path}: no arrow is drawn for this place; add its folder to the arrows`];
      return localImports(source)
        .filter(({ target }) => target.startsWith(library))
        .map(({ target }) => target.slice(library.length))
        .filter(
          (target) =>
            !target.startsWith(`${folder}/`) &&
            !allowed.some((place) => target === place || target.startsWith(`${place}/`)),
        )
        .map((target) => `${source.path} imports ${target}; ${folder} may import ${listed(allowed)}`);
    });
}

/** The arrows between packages, and what the library takes from outside: nothing, but Node at the rim. */
export function outsideImports(sources: Source[]): string[] {
  return sources.flatMap((source) => {
    const name = source.path.split('/')[1] ?? '';
    const allowed = packageArrows[name];
    if (!allowed) return [`${source.path}: no arrow is drawn for the package ${name}`];
    const escaping = localImports(source)
      .filter(({ target }) => !target.startsWith(`packages/${name}/src/`))
      .map(({ specifier }) => `${source.path} imports ${specifier}, which is outside its package's sources`);
    const foreign = source.imports
      .filter((specifier) => !/^\.{1,2}\//.test(specifier))
      .filter((specifier) => {
        if (/^(@scimkit\/|scimkit(\/|$))/.test(specifier)) {
          return !allowed.some((other) => specifier === other || specifier.startsWith(`${other}/`));
        }
        if (name !== 'scimkit') return false;
        if (peers.some(([files, specifiers]) => files.test(source.path) && specifiers.test(specifier)))
          return false;
        return !(specifier.startsWith('node:') && mayUseNode.test(source.path));
      })
      .map((specifier) => `${source.path} imports ${specifier}`);
    return [...escaping, ...foreign];
  });
}

/** Circles of imports, imports of types included. Each circle is reported once. */
export function importCycles(sources: Source[]): string[] {
  const graph = new Map(
    sources.map((source) => [source.path, localImports(source).map(({ target }) => target)]),
  );
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (path: string, trail: string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      cycles.push([...trail.slice(start), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return cycles;
}

/** Relative imports of files that are not there: a rule that cannot see a file cannot hold it. */
export function missingImports(sources: Source[]): string[] {
  const paths = new Set(sources.map((source) => source.path));
  return sources.flatMap((source) =>
    localImports(source)
      .filter(({ target }) => target.startsWith('packages/') && !paths.has(target))
      .map(({ specifier }) => `${source.path} imports ${specifier}, which does not exist`),
  );
}

/** Names of files and folders: kebab-case, and no drawer for odds and ends. */
export function pathNames(paths: string[]): string[] {
  return paths.flatMap((path) => {
    const folders = path.split('/');
    const file = folders.pop() ?? '';
    return [
      ...folders
        .filter((name) => forbiddenFolders.has(name))
        .map((name) => `${path}: a folder named ${name}`),
      ...folders.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name)).map((name) => `${path}: ${name}/`),
      ...(/^[a-z0-9]+(-[a-z0-9]+)*(\.(test|bench|config|d))?\.ts$/.test(file) ? [] : [`${path}: ${file}`]),
    ];
  });
}

/** Files of more than `limit` lines of code, blank lines and comments not counted. */
export function longFiles(sources: Source[], limit: number, exceptions: Record<string, string>): string[] {
  const lengths = new Map(
    sources.map(({ path, code }) => [path, code.split('\n').filter((line) => line.trim() !== '').length]),
  );
  const long = [...lengths]
    .filter(([path, length]) => length > limit && !(path in exceptions))
    .map(([path, length]) => `${path}: ${length} lines of code, more than ${limit}`);
  const stale = Object.keys(exceptions)
    .filter((path) => (lengths.get(path) ?? 0) <= limit)
    .map((path) => `${path} is on the list of long files, but is not long`);
  return [...long, ...stale];
}

/** Identity providers by name, in identifiers, text and comments, outside the folders that are about them. */
export function namedProviders(sources: Source[]): string[] {
  return sources
    .filter((source) => !/^packages\/scimkit\/src\/(dialect|tester)\//.test(source.path))
    .flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, index) => {
        // `OktaFilter`, `fromOkta` and `OKTA_FILTER` are words too.
        const words = line.replace(/([a-z0-9])([A-Z])/g, '$1 $2').replaceAll('_', ' ');
        const name = identityProviders.exec(words)?.[1];
        return name ? [`${path}:${index + 1} names ${name}`] : [];
      }),
    );
}

/** Clock, chance, environment and I/O in the places that are functions from data to data. */
export function impurities(sources: Source[]): string[] {
  const impure =
    /(?<![\w.$])(Date\.now|Math\.random|performance\.|process\.|crypto\.|console\.|globalThis\b|fetch\(|setTimeout\(|setInterval\(|new Date\(\))/;
  return sources
    .filter((source) => /^packages\/scimkit\/src\/(schema|protocol|dialect)\//.test(source.path))
    .flatMap(({ path, code }) =>
      code.split('\n').flatMap((line, index) => {
        const use = impure.exec(line)?.[1];
        return use ? [`${path}:${index + 1} uses ${use}`] : [];
      }),
    );
}

function listed(places: readonly string[]): string {
  return places.length > 0 ? places.join(', ') : 'nothing';
}
