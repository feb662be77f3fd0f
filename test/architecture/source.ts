// The source files as data: path, imports, exports, lines of code. Parsed, so that a comment or a string that
// looks like an import is none.
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync, Visitor } from 'oxc-parser';

export interface Source {
  /** From the repository's root, with slashes: `packages/scimkit/src/schema/user.ts`. */
  path: string;
  text: string;
  /** The text with comments blanked out. */
  code: string;
  /** Specifiers of every import, whether of values or of types, static, dynamic or `export ... from`. */
  imports: string[];
  /** Exported names; a type is written `type Name`; `export * from` is `*`. */
  exports: string[];
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** What is installed or made; so is what has a dot before its name. */
const skipped = new Set(['node_modules', 'dist', 'coverage', 'generated']);

/** Every path of a file under `folder` whose name ends with `.ts`. */
export function listFiles(folder: string): string[] {
  return readdirSync(root + folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name.startsWith('.')) return [];
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : listFiles(path);
    return entry.name.endsWith('.ts') ? [path] : [];
  });
}

/** The sources of every package. */
export function readSources(): Source[] {
  return listFiles('packages')
    .filter((path) => /^packages\/[^/]+\/src\//.test(path))
    .map((path) => parseSource(path, readFileSync(root + path, 'utf8')));
}

export function parseSource(path: string, text: string): Source {
  const { module, program, comments, errors } = parseSync(path, text);
  if (errors[0]) throw new SyntaxError(`${path}: ${errors[0].message}`);

  const imports = module.staticImports.map((statement) => statement.moduleRequest.value);
  for (const statement of module.staticExports) {
    for (const entry of statement.entries) if (entry.moduleRequest) imports.push(entry.moduleRequest.value);
  }
  new Visitor({
    ImportExpression: (node) => {
      imports.push(node.source.type === 'Literal' ? String(node.source.value) : '(computed)');
    },
    TSImportType: (node) => {
      imports.push(node.source.value);
    },
  }).visit(program);

  const exports = module.staticExports.flatMap((statement) =>
    statement.entries.map(({ exportName, isType }) => {
      const name = exportName.name ?? (exportName.kind === 'Default' ? 'default' : '*');
      return isType ? `type ${name}` : name;
    }),
  );

  let code = text;
  for (const { start, end } of comments) {
    code = code.slice(0, start) + text.slice(start, end).replace(/[^\n]/g, ' ') + code.slice(end);
  }
  return { path, text, code, imports: [...new Set(imports)], exports: [...new Set(exports)].sort() };
}
