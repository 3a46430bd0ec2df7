import { describe, expect, test } from 'vitest';
import { returnItem } from '#assignment/return.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import { reportFile } from '#reports/frozen/content.js';
import { readReport } from '#reports/frozen/formats/formats.js';
import { usedAnswers, ratersHeld } from '#reports/frozen/withheld.js';
import { fingerprintOf } from '#reports/input/fingerprint.js';
import type { StudyData } from '#reports/input/data.js';
import { readStudyData } from '#reports/input/read.js';
import { missingTest, skipsDifference } from '#reports/model/comparison/completeness.js';
import { computeReport } from '#reports/model/report.js';
import { type PairSection, ReportModel } from '#reports/model/schema/report.js';
import { pageLinks, renderPart } from '#reports/pages/render.js';
import { pairTable, pairTables } from '#reports/publication/tables.js';
import { tableCsv, tableLatex } from '#reports/publication/tableWriting.js';
import { createRandom } from '#statistics/random.js';
import { readConfig } from '../../src/config.js';
import { drawSkipping } from '../statistics/support/skipping.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';
import { plantedPair } from './plantedPair.js';

const reportOf = (data: StudyData): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f'.repeat(64),
      computedAt: 1_791_000_000_000,
      version: '0.2.0',
      mixedModels: false,
    }),
  );
const pairOf = (report: ReportModel): PairSection =>
  report.pairs[0] ?? expect.unreachable('there is no pair');

/** A pair of which raters skipped so many generated examples, and of which judgments are missing. */
function withSkips(skipped: number, missing: number, without: readonly number[] = []): StudyData {
  const data = plantedPair();
  const generated = data.items.flatMap(({ dataset }, item) => (dataset === 0 ? [item] : []));
  const lost = new Set(generated.slice(0, missing));
  const unanswered = generated.slice(0, skipped).map((item, index) => ({
    item,
    rater: index % 8,
    how: 'skipped' as const,
    reason: index % 2 === 0 ? ('unclear' as const) : ('broken' as const),
  }));
  return {
    ...data,
    raters: data.raters.map((rater, index) => ({ ...rater, excluded: without.includes(index) })),
    unanswered,
    judgments: data.judgments.filter(({ item, rater }) => {
      const first = data.judgments.find((one) => one.item === item);
      const skips = unanswered.some((one) => one.item === item && one.rater === rater);
      return !(lost.has(item) && first?.rater === rater) && !skips;
    }),
  };
}

describe('what was left unanswered', () => {
  onceTest('is counted by source, with reasons, and tested', () => {
    const pair = pairOf(reportOf(withSkips(40, 30)));
    const found = pair.completeness ?? expect.unreachable('nothing is said of skips');
    expect(found.generated).toMatchObject({
      examples: 100,
      wanted: 300,
      skipped: 40,
      reasons: [
        { reason: 'unclear', count: 20 },
        { reason: 'broken', count: 20 },
      ],
    });
    expect(found.generated.counted + found.generated.missing).toBe(300);
    expect(found.human).toMatchObject({ wanted: 300, counted: 300, missing: 0, skipped: 0 });
    expect(found.skips?.p).toBeLessThan(0.05);
    expect(found.missing?.p).toBeLessThan(0.05);
    expect(found.sentences.join(' ')).toMatch(
      /they skipped 40 of \d+ \([\d.]+ %\) in the generated and 0 of 300 \(0\.0 %\) in the human-written set .*: skips depend on the source\..*what is missing depends on the source.*can be biased/,
    );
  });

  onceTest('is said in few words where there is nothing, and not where it was not kept', () => {
    const none = pairOf(reportOf(plantedPair())).completeness;
    expect(none).toMatchObject({ skips: null, missing: null });
    expect(none?.sentences).toEqual([
      'No rater skipped an example of either set.',
      'No judgment is missing.',
    ]);
    expect(pairOf(reportOf({ ...plantedPair(), unanswered: null })).completeness).toBeNull();
  });

  onceTest('stands on the page, in tables and in a file that can be computed again', () => {
    const data = withSkips(40, 30);
    const report = reportOf(data);
    const page =
      renderPart(
        readConfig({ NODE_ENV: 'test' }),
        report,
        { kind: 'pair', id: pairOf(report).generated },
        pageLinks('/report'),
      ) ?? '';
    expect(page).toMatch(/What was left unanswered\?/);
    expect(page).toMatch(/skipped: The text is broken or incomplete/);
    expect(pairTables(report).map(tableLatex).join()).toMatch(/generated & 300 & \d+ & \d+ & /);
    expect(tableCsv(pairTable(report))).toMatch(
      /generated_wanted,generated_given,generated_skipped/,
    );
    const file = reportFile(report, data, []);
    const read = readReport(JSON.parse(JSON.stringify(file)));
    expect(read?.data.unanswered).toEqual(data.unanswered);
    const again = pairOf(reportOf(read?.data ?? expect.unreachable('the file cannot be read')));
    expect(again.completeness).toEqual(read?.model.pairs[0]?.completeness);
    expect(again.leanings).toEqual(read?.model.pairs[0]?.leanings);
    expect(ratersHeld(usedAnswers(data)).length).toBe(8);
  });

  onceTest('differs falsely no more often than it says, whoever skips more', () => {
    const crowd = { raters: 6, items: 60, overlap: 3, chance: 0.1, rater: 1, item: 1, leaning: 0 };
    const random = createRandom('skips');
    const runs = 60;
    let [skips, missing] = [0, 0];
    for (let run = 0; run < runs; run++) {
      const [one, other] = drawSkipping(crowd, random);
      skips += Number((skipsDifference(one.votes, other.votes).p ?? 1) <= 0.05);
      missing += Number((missingTest(one.missing, other.missing, String(run)) ?? 1) <= 0.05);
    }
    const most = 0.065 + 2 * Math.sqrt((0.05 * 0.95) / runs);
    expect(skips / runs).toBeLessThanOrEqual(most);
    expect(missing / runs).toBeLessThanOrEqual(most);
  });

  test('is read with reasons, without what is judged later and without excluded raters', async () => {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(4) }],
      settings: { overlap: 2 },
    });
    const [first] = await buildRaters(database, study, 1);
    const at = { database, raterId: first?.id ?? 0, now: 2_000_000 };
    const before = await fingerprintOf(database.db, study.public_id);
    const item = await currentItem(at);
    if (isNothing(item)) throw new Error('There is nothing to skip.');
    await returnItem(at, {
      assignment: item.public_id,
      key: 'k1',
      comment: null,
      reason: 'broken',
    });
    const { unanswered } = await readStudyData(database.db, study.public_id);
    expect(unanswered).toEqual([
      expect.objectContaining({ rater: 0, how: 'skipped', reason: 'broken' }),
    ]);
    expect(await fingerprintOf(database.db, study.public_id)).not.toBe(before);
    await database.db
      .updateTable('rater')
      .set({ excluded_at: 1 })
      .where('id', '=', at.raterId)
      .execute();
    expect((await readStudyData(database.db, study.public_id)).unanswered).toEqual([]);
  });
});

describe('leaning of raters to one set', () => {
  onceTest('is a figure for each measure, and a difference for each rater', () => {
    const steep = plantedPair({
      examples: 150,
      change: (judgment) =>
        judgment.rater < 2 && judgment.item % 2 === 0 && judgment.submittedAt % 2000 === 0
          ? { ...judgment, label: 1 - (judgment.label ?? 0) }
          : judgment,
    });
    const report = reportOf(steep);
    const { leanings } = pairOf(report);
    expect(leanings.map(({ measure }) => measure)).toEqual(['label-votes', 'relevance', 'unclear']);
    const labels = leanings[0] ?? expect.unreachable('there is no leaning');
    expect(labels.deviation).toMatchObject({ n: 8, level: 0.95 });
    expect(labels.deviation.value).toBeGreaterThan(0.02);
    expect(labels.sentence).toMatch(
      /standard deviation [\d.]+ points over 8 raters, 95 % interval/,
    );
    const [rater] = report.raters;
    expect(rater?.leanings[0]).toMatchObject({ measure: 'label-votes', unit: 'points' });
    const own = steep.judgments.filter((judgment) => judgment.rater === 0);
    const share = (set: number): number => {
      const votes = own.filter((judgment) => steep.items[judgment.item]?.dataset === set);
      const right = votes.filter(({ item, label }) => steep.items[item]?.label === label);
      return right.length / votes.length;
    };
    expect(rater?.leanings[0]?.difference).toBeCloseTo(share(0) - share(1), 9);
  });

  onceTest('is not said of fewer than five raters', () => {
    const { leanings } = pairOf(reportOf(plantedPair({ raters: 4 })));
    expect(leanings[0]?.deviation.lower).toBeNull();
    expect(leanings[0]?.sentence).toMatch(/cannot be said.*fewer than 5 raters/);
  });
});
