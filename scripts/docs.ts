// Renews the documents that are made from the code.
import { writeFileSync } from 'node:fs';
import { rewritesPage } from './rewrites-page.ts';

writeFileSync(new URL('../docs/rewrites.md', import.meta.url), rewritesPage());
