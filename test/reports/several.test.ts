import { parquetReadObjects } from 'hyparquet';
import { expect, test } from 'vitest';
import { csvLines } from '#reports/files/csv.js';
import { judgmentTable } from '#reports/files/judgments.js';
import { parquetOf } from '#reports/files/parquet.js';
import { fileFormat, readReport } from '#reports/frozen/formats/formats.js';
import type { StudyData } from '#reports/input/data.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { hedsMarkdown } from '#reports/publication/heds.js';
import { renderReportFile } from '#reports/pages/render.js';
import { Form } from '#studies/form.js';
import { readConfig } from '../../src/config.js';
import { csvRecords } from '../support/csv.js';
import { builtData } from './publication/models.js';

const formOf = (options: readonly string[], none = ''): Form =>
  Form.parse({
    preset: 'own',
    questions: [{ id: 'faults', type: 'several', wording: 'Faults?', options, none }],
  });

/**
 * Ten examples by three raters, each of whom answers by the number of the example and theirs; with
 * the newest form unless told.
 * @param forms all versions, the newest first
 */
function dataOf(
  answer: (example: number, rater: number) => string | string[] | undefined,
  forms: readonly Form[],
  versionOf: (example: number) => number = () => forms.length,
): StudyData {
  const data = builtData({ examples: 10, raters: 3 });
  return {
    ...data,
    forms: forms.map((form, index) => ({ version: forms.length - index, form })),
    judgments: data.judgments.map((judgment) => {
      const given = answer(judgment.item, judgment.rater);
      return {
        ...judgment,
        formVersion: versionOf(judgment.item),
        others: given === undefined ? {} : { faults: given },
      };
    }),
  };
}

const reportOf = (data: StudyData): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f',
      computedAt: 5_000_000,
      version: '0',
      mixedModels: false,
    }),
  );
const questionIn = (report: ReportModel) => report.datasets[0]?.others[0];
const pageOf = (report: ReportModel): string =>
  renderReportFile(
    readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test' }),
    report,
  ).replace(/\s+/g, ' ');

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
    (example) => (example < 8 ? 1 : 2),
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

test('a share and the agreement are over the raters who were offered the option', () => {
  const older = formOf(['Typos', 'Bias'], 'Nothing');
  const newer = formOf(['Typos', 'Bias', 'Length'], 'None of these');
  const report = reportOf(
    dataOf(
      (example, rater) =>
        example >= 5
          ? rater === 0
            ? ['Length', 'Bias']
            : ['Length']
          : example === 0
            ? ['Nothing']
            : ['Typos'],
      [newer, older],
      (example) => (example < 5 ? 1 : 2),
    ),
  );
  const options = new Map(
    questionIn(report)?.options?.map(({ answer, chosen, agreement }) => [
      answer,
      [chosen.value, chosen.n, agreement.itemsWithTwo, agreement.ratings],
    ]),
  );
  expect(options.get('Length')).toEqual([1, 5, 5, 15]);
  // The exclusive answer had other words before.
  expect(options.get('Nothing')).toEqual([0.2, 5, 5, 15]);
  expect(options.get('None of these')).toEqual([0, 5, 5, 15]);
  expect(options.get('Typos')).toEqual([0.4, 10, 10, 30]);
  expect(options.get('Bias')?.slice(1)).toEqual([10, 10, 30]);
});

test('an option that nobody was offered yet has neither share nor agreement', () => {
  const newer = formOf(['Typos', 'Bias', 'Length']);
  const data = dataOf(
    () => ['Typos'],
    [newer, formOf(['Typos', 'Bias'])],
    () => 1,
  );
  const length = questionIn(reportOf(data))?.options?.at(-1);
  expect(length).toMatchObject({
    answer: 'Length',
    chosen: { value: null, because: expect.any(String) },
    agreement: { ratings: 0, observed: { value: null } },
  });
});

test('answers to an earlier type of a question are told, and left to the tables', () => {
  const written = Form.parse({
    preset: 'own',
    questions: [
      { id: 'faults', type: 'text', wording: 'Faults?' },
      { id: 'label', type: 'label', wording: 'Which?' },
    ],
  });
  const chosen = Form.parse({
    preset: 'own',
    questions: [{ id: 'faults', type: 'choice', wording: 'Fault?', options: ['Typos', 'Bias'] }],
  });
  const answer = (example: number): string | string[] =>
    example < 4 ? 'A word is missing.' : example < 6 ? 'Typos' : ['Typos'];
  const versionOf = (example: number): number => (example < 4 ? 1 : example < 6 ? 2 : 3);
  const report = reportOf(dataOf(answer, [form, chosen, written], versionOf));
  expect(questionIn(report)).toMatchObject({ type: 'several', answered: 12, ofEarlierTypes: 18 });
  expect(pageOf(report)).toContain(
    'Faults? In the tables only: 18 answers to an earlier type of this question.',
  );
  // Both types store words: what tells them apart is the form with which they were given.
  const second = reportOf(
    dataOf(
      (example) => (example < 4 ? 'A word is missing.' : 'Typos'),
      [chosen, written],
      (example) => (example < 4 ? 1 : 2),
    ),
  );
  expect(questionIn(second)).toMatchObject({ type: 'choice', answered: 18, ofEarlierTypes: 12 });
});

test('a frozen report with several answers, and with another type before, opens as it was', () => {
  const written = Form.parse({
    preset: 'own',
    questions: [
      { id: 'faults', type: 'text', wording: 'Faults?' },
      { id: 'label', type: 'label', wording: 'Which?' },
    ],
  });
  const data = dataOf(
    (example) => (example < 4 ? 'A word is missing.' : ['Typos', 'Bias']),
    [form, written],
    (example) => (example < 4 ? 1 : 2),
  );
  const model = reportOf(data);
  const file: unknown = JSON.parse(JSON.stringify({ format: fileFormat, model, data }));
  expect(readReport(file)).toEqual({ model, data });
});

test('files hold the chosen options as JSON, and nothing where the question was left open', async () => {
  const table = judgmentTable(
    dataOf((example) => (example === 0 ? ['Typos', 'Bias'] : undefined), [form]),
  );
  const csv = csvRecords([...csvLines(table)].join(''));
  expect([csv[0]?.['answer_faults'], csv.at(-1)?.['answer_faults']]).toEqual([
    '["Typos","Bias"]',
    '',
  ]);
  const parquet = await parquetReadObjects({
    file: new Uint8Array(parquetOf(table)).buffer,
    columns: ['answer_faults'],
  });
  expect([parquet[0], parquet.at(-1)]).toEqual([
    { answer_faults: '["Typos","Bias"]' },
    { answer_faults: null },
  ]);
});
