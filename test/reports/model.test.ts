import { describe, expect, test } from 'vitest';
import { obstaclesOf } from '#reports/model/gate.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import type { StudyData } from '#reports/input/data.js';
import { fingerprintOf } from '#reports/input/fingerprint.js';
import { readStudyData } from '#reports/input/read.js';
import { wilsonInterval } from '#statistics/proportions.js';
import { excludeRater, restoreRater, withdrawRater } from '#assignment/revocation.js';
import type { Database } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { changeOpened } from '#studies/draft.js';
import { Form } from '#studies/form.js';
import { requireStudy, settingsOf, type Study } from '#studies/study.js';
import { buildRaters, buildStudy, plainExamples } from '../support/builders.js';
import { onceTest, testDatabase } from '../support/database.js';
import { judgeAll, type Said, type Seen } from './judging.js';
import { plantedPair } from './plantedPair.js';
import { builtData } from './publication/models.js';

// `onceTest`: what a report makes of data runs once; that both engines give it the data, on both.

const computed = (data: StudyData): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f',
      computedAt: 5_000_000,
      version: '0',
      mixedModels: false,
    }),
  );

async function reportOf(database: Database, study: Study): Promise<ReportModel> {
  const data = await readStudyData(database.db, study.public_id);
  return ReportModel.parse(
    computeReport(data, {
      fingerprint: await fingerprintOf(database.db, study.public_id),
      computedAt: 5_000_000,
      version: '0',
      mixedModels: false,
    }),
  );
}

const number = (text: string): number => Number(/\d+/.exec(text)?.[0]);
const other = (label: number | null): number => (label === 0 ? 1 : 0);

/** A pair of 24 + 24 examples, judged by five raters in threes. */
async function pairStudy(
  answer: (seen: Seen) => Said,
): Promise<{ database: Database; study: Study; report: ReportModel }> {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(24, 'Made') },
      { source: 'human', examples: plainExamples(24, 'Written') },
    ],
    settings: { overlap: 3 },
  });
  await judgeAll(database, await buildRaters(database, study, 5), answer);
  return { database, study, report: await reportOf(database, study) };
}

test('counts labels upheld, overruled and undecided by hand', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(20) }],
    settings: { overlap: 2 },
  });
  // Of 20 examples: 1–4 are overruled by both raters, 5–8 split, the others upheld.
  await judgeAll(database, await buildRaters(database, study, 2), ({ text, label, rater }) => {
    const example = number(text);
    return {
      label: example <= 4 || (example <= 8 && rater === 1) ? other(label) : label,
      unclear: example === 20,
      relevance: rater === 0 ? 5 : 3,
    };
  });
  const { datasets, totals, raters } = await reportOf(database, study);
  expect(totals).toMatchObject({
    items: 20,
    complete: 20,
    counted: 40,
    wanted: 40,
    raters: 2,
    simulated: 0,
  });
  const [dataset] = datasets;
  const expected = wilsonInterval(12, 20);
  expect(dataset?.label).toMatchObject({
    upheldCount: 12,
    overruled: 4,
    undecided: 4,
    ties: 4,
    items: 20,
  });
  expect(dataset?.label?.upheld).toMatchObject({
    value: 0.6,
    n: 20,
    lower: expected.lower,
    upper: expected.upper,
  });
  expect(dataset?.label?.byVote.value).toBeCloseTo((12 + 2) / 20, 12);
  expect(dataset?.label?.byVote.because).toMatch(/fewer than 4 raters/);
  expect(dataset?.relevance?.counts).toEqual([0, 0, 20, 0, 20]);
  expect(dataset?.relevance?.mean.value).toBe(4);
  expect(dataset?.relevance?.medianFour.value).toBe(1);
  expect(dataset?.ambiguity?.byVotes.map((row) => row.count)).toEqual([19, 0, 1]);
  expect(dataset?.labelAgreement[0]?.agreement.observed.value).toBeCloseTo(16 / 20, 12);
  expect(dataset?.contested.filter((item) => item.verdict === 'undecided')).toHaveLength(4);
  expect(dataset?.contested.filter((item) => item.verdict === 'overruled')).toHaveLength(4);
  expect(dataset?.contested.filter((item) => item.verdict === 'unclear')).toHaveLength(1);
  expect(raters[0]?.withOthers).toMatchObject({ value: 16 / 20, n: 20 });
});

onceTest('every item stands in the order of the file with what became of its label', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(5) }],
    settings: { overlap: 2 },
  });
  // 1 is overruled, 2 split, 3 called unclear by one and upheld; of one example a judgment is
  // missing.
  await judgeAll(
    database,
    await buildRaters(database, study, 2),
    ({ text, label, rater }) => ({
      label: number(text) === 1 || (number(text) === 2 && rater === 1) ? other(label) : label,
      unclear: number(text) === 3 && rater === 0,
      relevance: rater === 0 ? 5 : 2,
    }),
    { most: 9 },
  );
  const every = (await reportOf(database, study)).datasets[0]?.every ?? [];
  expect(every.map((item) => item.line)).toEqual([1, 2, 3, 4, 5]);
  const missing = every.filter((item) => item.state === 'incomplete');
  expect(missing.map((item) => item.judgments)).toEqual([1]);
  const expected = ['overruled', 'undecided', 'upheld', 'upheld', 'upheld'];
  expect(
    every.map((item, index) => (item.state === 'incomplete' ? 'incomplete' : expected[index])),
  ).toEqual(every.map((item) => item.state));
  for (const item of every.filter(({ state }) => state !== 'incomplete'))
    expect(item).toMatchObject({ judgments: 2, relevance: 3.5, unclear: item.line === 3 ? 1 : 0 });
});

onceTest(
  'a dataset begins with whether its labels can be used, and what would tell where that is open',
  async () => {
    const verdictOf = async (examples: number, wrong: number): Promise<string> => {
      const database = await testDatabase();
      const study = await buildStudy(database, {
        datasets: [{ examples: plainExamples(examples) }],
        settings: { overlap: 1 },
      });
      await judgeAll(database, await buildRaters(database, study, 1), ({ text, label }) => ({
        label: number(text) <= wrong ? other(label) : label,
      }));
      return (await reportOf(database, study)).datasets[0]?.verdict[0] ?? '';
    };
    expect(await verdictOf(60, 0)).toBe(
      'The labels can be used: they reach the threshold of 90 %.',
    );
    expect(await verdictOf(40, 12)).toBe(
      'The labels should not be used as they are: they fall short of the threshold of 90 %.',
    );
    expect(await verdictOf(40, 35)).toMatch(/^Not as it is: the labels look reversed/);
    const open = await verdictOf(40, 1);
    expect(open).toMatch(
      /is open: .* about \d+ judged examples, and only 40 of the set are eligible\.$/,
    );
    const wanted = Number(/about (\d+) judged/.exec(open)?.[1]);
    // Rounded to two digits, so that a tenth less does not tell and a tenth more does.
    expect(wilsonInterval(0.975 * wanted * 1.1, wanted * 1.1).lower).toBeGreaterThan(0.9);
    expect(wilsonInterval(0.975 * wanted * 0.9, wanted * 0.9).lower).toBeLessThan(0.9);
  },
);

onceTest(
  'coefficients run over the chosen answers, not over whether they match the label',
  async () => {
    const database = await testDatabase();
    const study = await buildStudy(database, {
      datasets: [{ examples: plainExamples(20) }],
      settings: { overlap: 2 },
    });
    await judgeAll(database, await buildRaters(database, study, 2), ({ label }) => ({ label }));
    const [dataset] = (await reportOf(database, study)).datasets;
    // Everybody chose the label: "matches" would be one category and no coefficient; the answers are
    // two, half each.
    expect(dataset?.labelAgreement[0]?.agreement.fleiss.value).toBe(1);
    expect(dataset?.labelAgreement[0]?.agreement.prevalence).toEqual([20, 20]);
  },
);

onceTest('compares a pair whose raters are shared and says what the intervals allow', async () => {
  const { report } = await pairStudy(({ label, rater, text, source }) => ({
    label: source === 'generated' && number(text) % 6 === rater ? other(label) : label,
    relevance:
      source === 'generated' ? 3 + ((number(text) + rater) % 2) : 4 + ((number(text) + rater) % 2),
  }));
  const [pair] = report.pairs;
  expect(obstaclesOf(pair?.gate ?? [])).toEqual([]);
  expect(pair?.comparable).toBe(true);
  const relevance = pair?.differences.find((difference) => difference.measure === 'relevance');
  expect(relevance?.verdict).toBe('worse');
  expect(relevance?.difference.value).toBeLessThan(-0.8);
  expect(relevance?.difference.method).toMatch(/two-way/);
  const label = pair?.differences.find((difference) => difference.measure === 'label-votes');
  expect(label?.difference.value).toBeLessThan(0);
  expect(label?.sentence).not.toBe('');
});

onceTest('prints no difference where one set looks reversed', async () => {
  const { report } = await pairStudy(({ label, source }) => ({
    label: source === 'human' ? other(label) : label,
  }));
  const [pair] = report.pairs;
  expect(report.datasets.find((dataset) => dataset.source === 'human')?.turnedRound).toBe(true);
  expect(pair?.comparable).toBe(false);
  expect(pair?.differences).toEqual([]);
  expect(pair?.verdict.join(' ')).toMatch(/labels of the human-written set look reversed/);
  expect(report.verdict.join(' ')).toMatch(/look reversed/);
});

onceTest('prints no difference before twenty examples of each set are complete', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(30, 'Made') },
      { source: 'human', examples: plainExamples(30, 'Written') },
    ],
    settings: { overlap: 3 },
  });
  await judgeAll(database, await buildRaters(database, study, 4), ({ label }) => ({ label }), {
    most: 60,
  });
  const { pairs } = await reportOf(database, study);
  expect(pairs[0]?.comparable).toBe(false);
  expect(pairs[0]?.verdict.join(' ')).toMatch(/20 are needed/);
});

onceTest('prints no difference where fewer than three raters judged both sets', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(22, 'Made') },
      { source: 'human', examples: plainExamples(22, 'Written') },
    ],
    settings: { overlap: 2 },
  });
  await judgeAll(database, await buildRaters(database, study, 2), ({ label }) => ({ label }));
  const { pairs } = await reportOf(database, study);
  expect(obstaclesOf(pairs[0]?.gate ?? []).map((check) => check.name)).toEqual(['Shared raters']);
  expect(pairs[0]?.differences).toEqual([]);
});

onceTest('leaves rows that stand in both sets out of a comparison, and says how many', async () => {
  const database = await testDatabase();
  const shared = plainExamples(4, 'Shared').map((example) => ({
    ...example,
    findings: ['in-both-sets'],
  }));
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: [...plainExamples(20, 'Made'), ...shared] },
      { source: 'human', examples: plainExamples(20, 'Written') },
    ],
    settings: { overlap: 3, leaveOutShared: false },
  });
  await judgeAll(database, await buildRaters(database, study, 5), ({ label }) => ({ label }));
  const { pairs } = await reportOf(database, study);
  expect(pairs[0]?.leftOut).toEqual({ generated: 4, human: 0 });
  expect(pairs[0]?.checks.find((check) => check.method.includes('Newcombe'))?.estimate.n).toBe(40);
  expect(pairs[0]?.gate.map((check) => check.sentence).join(' ')).toMatch(
    /4 examples stand in both sets/,
  );
});

onceTest('a small set that looks reversed is found too', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      { source: 'generated', examples: plainExamples(15, 'Made') },
      { source: 'human', examples: plainExamples(15, 'Written') },
    ],
    settings: { overlap: 3 },
  });
  await judgeAll(database, await buildRaters(database, study, 5), ({ label, source }) => ({
    label: source === 'human' ? other(label) : label,
  }));
  const { pairs } = await reportOf(database, study);
  expect(obstaclesOf(pairs[0]?.gate ?? []).map((check) => check.name)).toEqual([
    'Labels not overruled',
  ]);
});

onceTest(
  'what is imported later changes nothing of a study: it keeps findings and the confidence of what it did not draw',
  async () => {
    const database = await testDatabase();
    const made = plainExamples(24, 'Made').map((example) => ({ ...example, confidence: 0.8 }));
    const study = await buildStudy(database, {
      datasets: [
        { source: 'generated', examples: made },
        { source: 'human', examples: plainExamples(20, 'Written') },
      ],
      settings: { overlap: 3, sampleSize: 20 },
    });
    await judgeAll(database, await buildRaters(database, study, 5), ({ label }) => ({ label }));
    const before = await reportOf(database, study);
    expect(before.datasets[0]?.confidence.kind).not.toBe('missing');
    const examples = await database.db.selectFrom('example').select(['id', 'dataset_id']).execute();
    for (const { id, dataset_id } of examples)
      await database.db
        .insertInto('example_finding')
        .values({
          dataset_id,
          example_id: id,
          finding: 'in-both-sets',
          detail: 'line 1 of a set that was imported later',
        })
        .execute();
    expect(await reportOf(database, study)).toEqual(before);
  },
);

test('a margin set away and back changes the fingerprint', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(5) }] });
  const before = await fingerprintOf(database.db, study.public_id);
  const opened = settingsOf(study);
  for (const agreementMargin of [0.1, opened.agreementMargin])
    await inTransaction(database.db, async (trx) =>
      changeOpened(
        trx,
        await requireStudy(trx, study.public_id),
        { rule: { ...opened, agreementMargin } },
        { now: 2_000_000, accountId: null },
      ),
    );
  expect(await fingerprintOf(database.db, study.public_id)).not.toBe(before);
});

test('nothing says that there are no ratings where ratings stand beside it', () => {
  const data = plantedPair({ examples: 12 });
  const started: StudyData = {
    ...data,
    items: data.items.map((item) => ({ ...item, overlap: 4 })),
  };
  const report = computed(started);
  const [dataset] = report.datasets;
  expect(dataset).toMatchObject({ complete: 0 });
  expect(dataset?.relevance?.mean.value).toBeGreaterThan(3);
  expect(dataset?.relevance?.medianFour.because).toBe(
    'it is counted over examples that have all their judgments and an answer to this, and there is none yet',
  );
  expect(JSON.stringify(report)).not.toContain('there are no ratings');
  // Everybody judged alone: no rater can be compared with others.
  const alone = computed({
    ...data,
    judgments: data.judgments.filter(
      (judgment, index) =>
        data.judgments.findIndex((other) => other.item === judgment.item) === index,
    ),
  });
  expect(alone.raters[0]?.withOthers.because).toBe(
    'no judgment of this rater, counted or excluded, is on an example with a majority among the others',
  );
});

describe('questions that came or went while the study ran', () => {
  const formOf = (...questions: Record<string, unknown>[]): Form =>
    Form.parse({
      ...builtData().forms[0]?.form,
      questions: [{ id: 'label', type: 'label', wording: 'Which?' }, ...questions],
    });

  test('shares are over the examples that were asked', () => {
    const data = builtData({ examples: 20, raters: 3 });
    const asked = data.judgments.map((judgment) =>
      judgment.item < 10
        ? { ...judgment, relevance: null, ambiguous: null }
        : { ...judgment, relevance: 5, ambiguous: false },
    );
    const [dataset] = computed({ ...data, judgments: asked }).datasets;
    expect(dataset?.relevance?.medianFour).toMatchObject({ value: 1, n: 10 });
    expect(dataset?.ambiguity?.byVotes.map(({ count }) => count)).toEqual([10, 0, 0, 0]);
  });

  test('what was answered before a question was taken out or changed stays', () => {
    const data = builtData({ examples: 10, raters: 3 });
    const judgments = data.judgments.map((judgment) => ({
      ...judgment,
      formVersion: 2,
      others: { plain: judgment.item < 4, tone: judgment.item % 2 === 0 ? 'warm' : 'cold' },
    }));
    const forms = [
      {
        version: 3,
        form: formOf(
          { id: 'tone', type: 'choice', wording: 'Which tone?', options: ['warm', 'neutral'] },
          { id: 'new', type: 'yes-no', wording: 'New?' },
        ),
      },
      {
        version: 2,
        form: formOf(
          { id: 'plain', type: 'yes-no', wording: 'Plain?' },
          { id: 'never', type: 'yes-no', wording: 'Never asked?' },
          { id: 'tone', type: 'choice', wording: 'Tone?', options: ['warm', 'cold'] },
        ),
      },
    ];
    const others = computed({ ...data, forms, judgments }).datasets[0]?.others ?? [];
    expect(others.map(({ id }) => id)).toEqual(['tone', 'new', 'plain']);
    expect(others[0]?.answers).toEqual([
      { answer: 'warm', count: 15 },
      { answer: 'neutral', count: 0 },
      { answer: 'cold', count: 15 },
    ]);
    expect(others[1]?.yesByMajority).toMatchObject({ value: null, n: 0 });
    expect(others[2]?.yesByMajority).toMatchObject({ value: 0.4, n: 10 });
  });
});

test('excluded raters count nowhere, restored ones again, withdrawn ones never', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(10) }],
    settings: { overlap: 3 },
  });
  const raters = await buildRaters(database, study, 3);
  await judgeAll(database, raters, ({ label }) => ({ label }));
  const action = {
    raterId: raters[0]?.id ?? 0,
    now: 9_000_000,
    accountId: null,
    reason: 'careless',
  };
  const before = await fingerprintOf(database.db, study.public_id);
  await excludeRater(database.db, action);
  expect(await fingerprintOf(database.db, study.public_id)).not.toBe(before);
  expect((await reportOf(database, study)).totals).toMatchObject({
    counted: 20,
    excluded: 10,
    complete: 0,
    excludedRaters: 1,
  });
  await restoreRater(database.db, action);
  expect((await reportOf(database, study)).totals).toMatchObject({
    counted: 30,
    excluded: 0,
    complete: 10,
  });
  await withdrawRater(database.db, action);
  expect((await reportOf(database, study)).totals).toMatchObject({
    counted: 20,
    blanked: 10,
    complete: 0,
  });
});

onceTest('a set without labels says so and reports the rest', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(6).map((example) => ({ ...example, label: null })) }],
    settings: { overlap: 2 },
  });
  await judgeAll(database, await buildRaters(database, study, 2), ({ text }) => ({
    label: number(text) % 2,
  }));
  const [dataset] = (await reportOf(database, study)).datasets;
  expect(dataset?.label).toBeNull();
  expect(dataset?.withoutLabel).toMatch(/no labels/);
  expect(dataset?.labelAgreement[0]?.agreement.observed.value).toBe(1);
  expect(dataset?.relevance?.mean.value).toBe(4);
});

onceTest('a set in which some labels are missing says how many', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, {
    datasets: [
      {
        examples: plainExamples(12).map((example, index) =>
          index % 3 === 0 ? { ...example, label: null } : example,
        ),
      },
    ],
    settings: { overlap: 2 },
  });
  await judgeAll(database, await buildRaters(database, study, 2), ({ text }) => ({
    label: number(text) % 2,
  }));
  const [dataset] = (await reportOf(database, study)).datasets;
  expect(dataset?.label?.items).toBe(8);
  expect(dataset?.verdict.join(' ')).toContain('4 of 12 have no label');
});

onceTest('a study that nobody has judged says so', async () => {
  const database = await testDatabase();
  const study = await buildStudy(database, { datasets: [{ examples: plainExamples(5) }] });
  const report = await reportOf(database, study);
  expect(report.verdict).toEqual(['Nothing has been judged yet.']);
  expect(report.datasets[0]?.label?.upheld.value).toBeNull();
});

onceTest('the same judgments give the same report', async () => {
  const { database, study, report } = await pairStudy(({ label, rater, text }) => ({
    label: (number(text) + rater) % 5 === 0 ? other(label) : label,
    relevance: 1 + ((number(text) + rater) % 5),
  }));
  expect(await reportOf(database, study)).toEqual(report);
});
