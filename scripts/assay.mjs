#!/usr/bin/env -S node --enable-source-maps
import { setUp } from './setup.mjs';

setUp();
const { runCommandLine } = await import('../.build/src/cli.js');
process.exitCode = await runCommandLine(process.argv.slice(2));
