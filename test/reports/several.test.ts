import { parse as parseCsv } from 'csv-parse/sync';
import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { csvLines } from '#reports/files/csv.js';
import { judgmentTable } from '#reports/files/judgments.js';
import { parquetOf } from '#reports/files/parquet.js';
import type { StudyData } from '#reports/input/data.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { hedsMarkdown } from '#reports/publication/heds.js';
import { Form } from '#studies/form.js';
import { builtData } from './publication/models.js';

const formOf = (options: readonly string[], none = ''): Form =>
  Form.parse({
    preset: 'own',
    questions: [{ id: 'faults', type: 'several', wording: 'Faults?', options, none }],
  });

/** Ten examples by three raters, each of whom answers by the number of the example and theirs. */
function dataOf(
  answer: (example: number, rater: number) => string[] | undefined,
  forms: readonly Form[],
): StudyData {
  const data = builtData({ examples: 10, raters: 3 });
  return {
    ...data,
    forms: forms.map((form, index) => ({ version: forms.length - index, form })),
    judgments: data.judgments.map((judgment) => {
      const given = answer(judgment.item, judgment.rater);
      return { ...judgment, others: given === undefined ? {} : { faults: given } };
    }),
  };
}

const reportOf = (data: StudyData): ReportModel =>
  ReportModel.parse(computeReport(data, { fingerprint: 'f', computedAt: 5_000_000, version: '0' }));
const questionIn = (report: ReportModel) => report.datasets[0]?.others[0];

const form = formOf(['Typos', 'Bias'], 'None of these');

test('each option has its count, its share and its own agreement', () => {
  // All find typos in examples 0 to 4; of the others one rater in three finds bias.
  const report = reportOf(
    dataOf(
      (example, rater) =>
        example < 5 ? ['Typos', 'Bias'] : rater === 0 ? ['Bias'] : ['None of these'],
      [form],
    ),
  );
  const question = questionIn(report);
  expect(question).toMatchObject({
    type: 'several',
    answered: 30,
    mean: null,
    yesByMajority: null,
    agreement: null,
    answers: [
      { answer: 'Typos', count: 15 },
      { answer: 'Bias', count: 20 },
      { answer: 'None of these', count: 10 },
    ],
  });
  const [typos, bias, none] = question?.options ?? [];
  expect([typos?.chosen.value, none?.chosen.value]).toEqual([0.5, 1 / 3]);
  expect(bias?.chosen.value).toBeCloseTo(2 / 3);
  expect([typos?.agreement.observed.value, typos?.agreement.fleiss.value]).toEqual([1, 1]);
  // Of three raters, one against two agree in one pair of three: (5 + 5/3) / 10.
  expect(bias?.agreement.observed.value).toBeCloseTo(2 / 3);
  expect(hedsMarkdown(report)).toContain('“Typos”');
});

test('what an older version offered is still counted, and nothing answered gives no options', () => {
  const older = formOf(['Typos', 'Length'], 'Nothing');
  const data = dataOf(
    (example) => (example < 5 ? ['Length'] : example < 8 ? ['Nothing'] : ['Typos']),
    [form, older],
  );
  expect(questionIn(reportOf(data))?.answers).toEqual([
    { answer: 'Typos', count: 6 },
    { answer: 'Bias', count: 0 },
    { answer: 'Length', count: 15 },
    { answer: 'Nothing', count: 9 },
    { answer: 'None of these', count: 0 },
  ]);
  expect(questionIn(reportOf(dataOf(() => undefined, [form])))).toMatchObject({
    answered: 0,
    options: [],
  });
});

test('files hold the chosen options as JSON, and nothing where the question was left open', async () => {
  const table = judgmentTable(
    dataOf((example) => (example === 0 ? ['Typos', 'Bias'] : undefined), [form]),
  );
  const csv = parseCsv([...csvLines(table)].join(''), { columns: true }) as {
    answer_faults: string;
  }[];
  expect([csv[0]?.answer_faults, csv.at(-1)?.answer_faults]).toEqual(['["Typos","Bias"]', '']);
  const parquet = await parquetReadObjects({
    file: new Uint8Array(parquetOf(table)).buffer,
    columns: ['answer_faults'],
  });
  expect([parquet[0], parquet.at(-1)]).toEqual([
    { answer_faults: '["Typos","Bias"]' },
    { answer_faults: null },
  ]);
});
