import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { excludeRater } from '#assignment/revocation.js';
import { downloadOf, reportFileOf, reportPart } from '#reports/thread/reporting.js';
import { time } from '#web/format.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { openSite } from '../support/site.js';
import { judgeAll } from './judging.js';

test('pages and files of one report name one time until its data changes', async () => {
  const { application } = (await openSite()).server;
  const study = await buildStudy(application.database, {
    datasets: [{ examples: plainExamples(6) }],
    settings: { overlap: 3 },
  });
  const raters = await buildRaters(application.database, study, 3);
  await judgeAll(application.database, raters, ({ label }) => ({ label }));
  const hour = 3_600_000;
  const first = 1_900_000_000_000;
  const at = (hours: number) => ({ ...application, now: () => first + hours * hour });
  const page = await reportPart(at(0), study.public_id, { kind: 'overview' });
  expect(page.outline.computedAt).toBe(first);
  for (const publication of ['heds', 'methods-latex']) {
    const file = await downloadOf(at(1), study.public_id, {
      kind: 'publication',
      publication,
      dataset: null,
    });
    expect(readFileSync(file.path, 'utf8')).toContain(time(first));
    await file.remove();
  }
  const same = await reportFileOf(at(2), study.public_id, 'json');
  expect(same.outline.computedAt).toBe(first);
  await same.remove();
  await excludeRater(application.database.db, {
    raterId: raters[0]?.id ?? 0,
    now: first + 2 * hour,
    accountId: null,
    reason: 'careless',
  });
  const changed = await reportFileOf(at(3), study.public_id, 'json');
  expect(changed.outline.computedAt).toBe(first + 3 * hour);
  await changed.remove();
});
