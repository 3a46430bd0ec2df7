import { defineConfig } from 'vitest/config';

const skipPostgres = process.env.ASSAY_SKIP_POSTGRES === '1';
if (skipPostgres && process.env.CI) throw new Error('ASSAY_SKIP_POSTGRES is refused where CI is set: the suite runs on both engines.');
if (skipPostgres) console.warn('\nSKIPPED: PostgreSQL (ASSAY_SKIP_POSTGRES=1). Half of the suite does not run.\n');

// What neither opens a database nor a server is the same on both engines and runs once.
const pure = ['.build/test/statistics/**', '.build/test/reports/suite.test.js', '.build/test/reports/plots/suite.test.js', '.build/test/browser/plots.test.js'];

const project = (name) => ({
  test: {
    name,
    include: ['.build/test/**/*.test.js'],
    exclude: name === 'postgres' ? pure : [],
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
    execArgv: ['--enable-source-maps'],
  },
});
