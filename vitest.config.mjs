import { defineConfig } from 'vitest/config';

const skipPostgres = process.env.ASSAY_SKIP_POSTGRES === '1';
if (skipPostgres && process.env.CI)
  throw new Error(
    'ASSAY_SKIP_POSTGRES is refused where CI is set: the suite runs on both engines.',
  );
if (skipPostgres)
  console.warn('\nSKIPPED: PostgreSQL (ASSAY_SKIP_POSTGRES=1). Half of the suite does not run.\n');

// The same on both engines, and therefore run once: what opens neither a database nor a server, what a report makes of data
// once they are read (reading them is tested on both), the looks of pages, and what a browser keeps of unsent answers.
const once = [
  'statistics/**',
  'reports/suite.test.js',
  'reports/comparison.test.js',
  'reports/textSections.test.js',
  'reports/plots/suite.test.js',
  'browser/looks/**',
  'browser/unsent.test.js',
].map((path) => `.build/test/${path}`);

const project = (name) => ({
  test: {
    name,
    include: ['.build/test/**/*.test.js'],
    exclude: name === 'postgres' ? once : [],
    globalSetup: ['.build/test/support/globalSetup.js'],
    env: { NODE_ENV: 'test' },
    pool: 'threads',
    isolate: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});

// The suite is the compiled one: worker threads then start in tests as they do in production.
export default defineConfig({
  test: {
    projects: skipPostgres ? [project('sqlite')] : [project('sqlite'), project('postgres')],
    maxWorkers: 2,
    // A thread that computes a report ends together with the thread of the test that asked for it.
    teardownTimeout: 60_000,
    execArgv: ['--enable-source-maps'],
  },
});
