#!/usr/bin/env node
// Committed, not built: package managers link a command only if its file is there at installation.
import '../dist/main.js';
