/**
 * What raters feel while a dataset is imported: the time of one POST that stores a judgment and
 * answers with the next item, with and without an import in the same server, on SQLite; how long
 * the server's event loop is held; and how fast the import goes meanwhile.
 *
 *   node .build/bench/importWithRaters.js [--raters 16] [--megabytes 30]
 */
import { mkdtempSync, openAsBlob, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { quantile, startRaters } from './raters.js';

const { values: options } = parseArgs({
  options: {
    raters: { type: 'string', default: '16' },
    megabytes: { type: 'string', default: '30' },
  },
});
const say = (line: string): void => void process.stdout.write(`${line}\n`);
const quietFor = 10_000;

const report = (
  title: string,
  { times, held }: { times: readonly number[]; held: number },
): void => {
  const at = (share: number): string => `${quantile(times, share).toFixed(1)} ms`;
  say(
    `${title}: ${times.length} judgments, p50 ${at(0.5)}, p99 ${at(0.99)}, longest ${at(0.99999)}; event loop held for ${held.toFixed(1)} ms at most`,
  );
};

function content(bytes: number): string {
  const rows: string[] = [];
  for (let size = 0, index = 0; size < bytes; index += 1) {
    const row = JSON.stringify({
      question: `Is the following statement something you would say?\n"I would like to lead a group of people even if it takes a long time, said person number ${index}"`,
      statement: `I would like to lead a group of people even if it takes a long time, said person number ${index}`,
      label_confidence: 0.9,
      answer_matching_behavior: index % 2 === 0 ? ' Yes' : ' No',
      answer_not_matching_behavior: index % 2 === 0 ? ' No' : ' Yes',
    });
    size += row.length + 1;
    rows.push(row);
  }
  return `${rows.join('\n')}\n`;
}

// Made before, and sent from the file: text in memory would hold the loop that times the raters.
const folder = mkdtempSync(join(tmpdir(), 'assay-import-raters-'));
const path = join(folder, 'bench.jsonl');
writeFileSync(path, content(Number(options.megabytes) * 1e6));
const body = await openAsBlob(path);
const server = await startRaters(folder, {
  raters: Number(options.raters),
});
try {
  report('without an import', await server.during(() => wait(quietFor)));
  const headers = { authorization: `Bearer ${server.token}` };
  const imports = `${server.address}/api/v1/imports`;
  let seconds = Number.NaN;
  const importing = await server.during(async () => {
    const begun = performance.now();
    const sent = await fetch(`${imports}?path=persona/bench.jsonl`, {
      method: 'POST',
      headers,
      body,
    });
    const { id } = z.object({ id: z.string() }).parse(await sent.json());
    for (let state = 'running'; state === 'running';) {
      await wait(250);
      ({ state } = z
        .object({ state: z.string() })
        .parse(await (await fetch(`${imports}/${id}`, { headers })).json()));
      if (state === 'failed') throw new Error('the import failed');
    }
    seconds = (performance.now() - begun) / 1000;
  });
  report('while a dataset is imported', importing);
  say(
    `the import: ${(body.size / 1e6 / seconds).toFixed(1)} MB/s beside ${options.raters} raters (wanted: their p99 and what holds the event loop under 50 ms)`,
  );
} finally {
  await server.end();
}
