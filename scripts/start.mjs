import { setUp } from './setup.mjs';

setUp();
const { startServer } = await import('../.build/src/main.js');
await startServer(process.argv.slice(2));
