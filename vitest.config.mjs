import { defineConfig } from 'vitest/config';
import { BaseSequencer } from 'vitest/node';

const skipPostgres = process.env.ASSAY_SKIP_POSTGRES === '1';
if (skipPostgres && process.env.CI)
  throw new Error(
    'ASSAY_SKIP_POSTGRES is refused where CI is set: the suite runs on both engines.',
  );
if (skipPostgres)
  console.warn('\nSKIPPED: PostgreSQL (ASSAY_SKIP_POSTGRES=1). Half of the suite does not run.\n');

// What is the same on both engines runs once, on SQLite: what opens neither a database nor a server;
// reading files; what a report makes of data once they are read (reading them is tested on both),
// with its files, plots and texts; forecasts; pages in a browser; how requests and processes are
// handled before a database is asked. Files of which a part depends on the engine mark the others
// as `onceTest`. web/everyPart.test.ts goes through all of it on PostgreSQL.
const once = [
  'house/**',
  'generation/checkPipeline.test.js',
  'generation/docs.test.js',
  'generation/judgeReference.test.js',
  'generation/keep/**',
  'generation/judgeServer.test.js',
  'generation/keep/alike.test.js',
  'generation/keep/mean.test.js',
  'generation/keep/released.test.js',
  'generation/keep/rule.test.js',
  'generation/presets/**',
  'generation/publish/shapes.test.js',
  'generation/readPipeline.test.js',
  'generation/scoring/**',
  'generation/screening/**',
  'generation/tinyModel.test.js',
  'generation/write/**',
  'models/anthropic.test.js',
  'models/firstToken.test.js',
  'models/joined.test.js',
  'models/kills.test.js',
  'models/modelServer.test.js',
  'models/openai.test.js',
  'models/probe.test.js',
  'models/sampled.test.js',
  'models/settings.test.js',
  'models/transport.test.js',
  'assignment/rateTime.test.js',
  'assignment/secrecy.test.js',
  'assignment/sources.test.js',
  'datasets/catalogue.test.js',
  'datasets/examples/**',
  'datasets/findings/**',
  'statistics/**',
  'datasets/cases/**',
  'datasets/formats/**',
  'datasets/imports/inspectAlike.test.js',
  'datasets/pages.test.js',
  'datasets/publishedEvals.test.js',
  'datasets/reading.test.js',
  'models/gguf*.test.js',
  'platforms/core.test.js',
  'platforms/signedLink.test.js',
  'platforms/prolificClient.test.js',
  'studies/power/**',
  'studies/docs.test.js',
  'studies/editor.test.js',
  'studies/questions/**',
  'texts/otherModels.test.js',
  'rounds/round.test.js',
  'reports/commands.test.js',
  'reports/comparison.test.js',
  'reports/digits.test.js',
  'reports/downloads.test.js',
  'reports/frozenFormats.test.js',
  'reports/frozenStamp.test.js',
  'reports/frozenWithheld.test.js',
  'reports/interleaving.test.js',
  'reports/pairFindings.test.js',
  'reports/plots/**',
  'reports/provisional.test.js',
  'reports/publication/**',
  'reports/quality.test.js',
  'reports/reading.test.js',
  'reports/resolutionSentence.test.js',
  'reports/sensitivity.test.js',
  'reports/several.test.js',
  'reports/suite.test.js',
  'reports/textSections.test.js',
  'reports/time.test.js',
  'simulation/**',
  'stats/**',
  'browser/**',
  'web/arrival.test.js',
  'web/brokenPipe.test.js',
  'web/commandLine.test.js',
  'web/config.test.js',
  'web/documentation.test.js',
  'web/headers.test.js',
  'web/log.test.js',
  'web/openapi.test.js',
  'web/routes.test.js',
  'web/setUp.test.js',
].map((path) => `.build/test/${path}`);

// What has been tested on SQLite at length, gone through once.
const postgresAlone = ['.build/test/web/everyPart.test.js'];

// Files that take long begin first, so that none of them is left to one thread at the end.
const long = /\/(browser|power)\/|\/(demo|everyPart|outages|textSections|web\/server)\.test\.js$/;

class LongFirst extends BaseSequencer {
  async sort(files) {
    const rank = ({ project, moduleId }) => `${project.name} ${long.test(moduleId) ? 0 : 1}`;
    return (await super.sort(files)).toSorted((one, other) =>
      rank(one) < rank(other) ? -1 : rank(one) > rank(other) ? 1 : 0,
    );
  }
}

const project = (name) => ({
  test: {
    name,
    include: ['.build/test/**/*.test.js'],
    exclude: name === 'postgres' ? once : postgresAlone,
    globalSetup: ['.build/test/support/globalSetup.js'],
    env: { NODE_ENV: 'test' },
    // The product is loaded by Node as it is, which takes less and runs faster than what Vite makes.
    server: { deps: { external: [/\/\.build\/(src|migrations)\//] } },
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
    // One more than two cores: some wait for a browser, a server or the disk.
    maxWorkers: 3,
    sequence: { sequencer: LongFirst },
    // A thread that computes a report ends together with the thread of the test that asked for it.
    teardownTimeout: 60_000,
    execArgv: ['--enable-source-maps'],
  },
});
