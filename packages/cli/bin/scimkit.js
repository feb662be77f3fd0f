#!/usr/bin/env node
// Committed, not built: package managers link a command only if its file is there at installation.
// It is read by any Node, so that an old one can be told.
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(`scimkit needs Node 22.18 or newer; this is ${process.versions.node}.\n`);
  process.exitCode = 1;
} else {
  // Node 22 warns of node:sqlite on each start; newer versions don't, and nobody who reads it could do anything.
  const { emitWarning } = process;
  process.emitWarning = (warning, ...rest) => {
    if (!String(warning).startsWith('SQLite is an experimental feature'))
      emitWarning.call(process, warning, ...rest);
  };
  await import('../dist/main.js');
}
