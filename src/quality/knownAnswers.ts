import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { readCsv } from '#datasets/formats/csv.js';
import { FileFailure, isRejected } from '#datasets/formats/rejections.js';
import { choicesOf } from '#datasets/storedExample.js';
import type { Db, Trx } from '#storage/database.js';
import { inTransaction } from '#storage/transaction.js';
import { lockStudy, type Study } from '#studies/study.js';
import type { Staff } from '#web/identity.js';
import { type FieldFault, Problem } from '#web/problem.js';

/** What a known answer is for, with the words of the pages. */
export const purposes = {
  gold: 'comes unmarked among the others',
  training: 'comes before all others, and the rater is told the answer',
} as const;
export type Purpose = keyof typeof purposes;

/** An example whose answer is known, as pages list it. */
export interface KnownAnswer {
  readonly exampleId: number;
  readonly dataset: string;
  readonly datasetId: string;
  readonly line: number;
  readonly text: string;
  readonly answer: string;
  readonly explanation: string;
  readonly purpose: Purpose;
}

/** The known answers of a study, in the order of datasets and lines. */
export async function listKnownAnswers(db: Db, studyId: number): Promise<KnownAnswer[]> {
  const rows = await db
    .selectFrom('known_answer')
    .innerJoin('example', 'example.id', 'known_answer.example_id')
    .innerJoin('dataset', 'dataset.id', 'example.dataset_id')
    .select([
      'example.id',
      'example.line_number',
      'example.text',
      'example.choices',
      'known_answer.choice',
      'known_answer.explanation',
      'known_answer.purpose',
      'dataset.name',
      'dataset.public_id',
    ])
    .where('known_answer.study_id', '=', studyId)
    .orderBy('dataset.id')
    .orderBy('example.line_number')
    .execute();
  return rows.map((row) => ({
    exampleId: row.id,
    dataset: row.name,
    datasetId: row.public_id,
    line: row.line_number,
    text: row.text,
    answer: choicesOf(row)[row.choice]?.text ?? '',
    explanation: row.explanation,
    purpose: row.purpose,
  }));
}

/** One line of the list that was entered. */
interface GivenAnswer {
  /** The line of the list, from 1. */
  readonly at: number;
  readonly dataset: string;
  readonly line: string;
  readonly answer: string;
  readonly explanation: string;
  readonly purpose: string;
}

const field = 'answers';
const mostAnswers = 2000;
const Cells = z.record(z.string(), z.string());
const columns = ['dataset', 'line', 'answer', 'explanation', 'purpose'] as const;

/** Reads the list: a table with a header, its cells divided by commas, semicolons or tabs. */
async function readList(text: string): Promise<{ given: GivenAnswer[]; faults: FieldFault[] }> {
  const given: GivenAnswer[] = [];
  const faults: FieldFault[] = [];
  const fault = (message: string): void => void faults.push({ field, message });
  const header = text.split(/\r?\n/, 1)[0] ?? '';
  const delimiter = header.includes('\t')
    ? 'tab'
    : header.includes(';') && !header.includes(',')
      ? 'semicolon'
      : 'comma';
  const layout = {
    delimiter,
    quoted: true,
    header: true,
    lineEnd: '\n',
    indexColumn: false,
  } as const;
  const source = (async function* () {
    yield Buffer.from(text);
  })();
  try {
    for await (const batch of readCsv(source, layout)) {
      for (const row of batch) {
        if (isRejected(row)) {
          fault(`Line ${row.lineNumber}: ${row.message}`);
          continue;
        }
        const cells = Cells.parse(row.value);
        const cell = (name: (typeof columns)[number]): string =>
          (Object.hasOwn(cells, name) ? (cells[name] ?? '') : '').trim();
        const missing = ['line', 'answer'].filter((name) => !Object.hasOwn(cells, name));
        if (missing.length > 0) {
          fault(
            `The first line has to name the columns. It lacks ${missing.map((name) => `“${name}”`).join(' and ')}; it has ${Object.keys(cells).join(', ')}.`,
          );
          return { given, faults };
        }
        given.push({
          at: row.lineNumber,
          dataset: cell('dataset'),
          line: cell('line'),
          answer: cell('answer'),
          explanation: cell('explanation'),
          purpose: cell('purpose'),
        });
      }
    }
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    fault(error.message);
  }
  if (given.length === 0 && faults.length === 0) fault('There is no line under the header.');
  if (given.length > mostAnswers)
    fault(`There are more than ${mostAnswers.toLocaleString('en-GB')} lines.`);
  return { given, faults };
}

/** The choice that an answer names: by its text, its key in the file, or its letter. */
export function choiceNamed(
  answer: string,
  choices: readonly { readonly key: string; readonly text: string }[],
): number {
  const folded = answer.trim().toLowerCase();
  const same = (text: string): boolean => text.trim().toLowerCase() === folded;
  const byText = choices.findIndex(({ text }) => same(text));
  if (byText >= 0) return byText;
  const byKey = choices.findIndex(({ key }) => same(key) || same(key.replaceAll(/[().:]/g, '')));
  if (byKey >= 0) return byKey;
  const letter = /^[a-z]$/.test(folded) ? folded.charCodeAt(0) - 97 : -1;
  return letter < choices.length ? letter : -1;
}

const isPurpose = (text: string): text is Purpose => Object.hasOwn(purposes, text);

interface FoundAnswer {
  readonly exampleId: number;
  readonly choice: number;
  readonly explanation: string;
  readonly purpose: Purpose;
}

/** Finds the examples and choices that the list names. */
async function resolve(
  trx: Trx,
  study: Study,
  given: readonly GivenAnswer[],
): Promise<{ found: FoundAnswer[]; faults: FieldFault[] }> {
  const datasets = await trx
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .select(['dataset.id', 'dataset.name', 'dataset.public_id'])
    .where('study_dataset.study_id', '=', study.id)
    .execute();
  const found = new Map<number, FoundAnswer>();
  const faults: FieldFault[] = [];
  for (const { at, dataset, line, answer, explanation, purpose } of given) {
    const fault = (message: string): void =>
      void faults.push({ field, message: `Line ${at}: ${message}` });
    const meant = datasets.filter(
      ({ name, public_id: id }) => dataset === '' || name === dataset || id === dataset,
    );
    const [only] = meant;
    if (only === undefined || meant.length > 1) {
      fault(
        dataset === ''
          ? 'which dataset? The study has several, so a column “dataset” has to name it.'
          : meant.length > 1
            ? `several datasets of the study are called “${dataset}”. Use the id: ${meant.map(({ public_id: id }) => id).join(', ')}.`
            : `the study has no dataset “${dataset}”; it has ${datasets.map(({ name }) => `“${name}”`).join(', ')}.`,
      );
      continue;
    }
    const example = /^\d{1,9}$/.test(line)
      ? await trx
          .selectFrom('example')
          .select(['id', 'choices'])
          .where('dataset_id', '=', only.id)
          .where('line_number', '=', Number(line))
          .executeTakeFirst()
      : undefined;
    if (example === undefined) {
      fault(`“${only.name}” has no example in line “${line}” of its file.`);
      continue;
    }
    const choices = choicesOf(example);
    const choice = choiceNamed(answer, choices);
    const use = purpose === '' ? 'gold' : purpose;
    if (!isPurpose(use))
      fault(`“${purpose}” is no purpose; there are ${Object.keys(purposes).join(' and ')}.`);
    else if (choice < 0)
      fault(
        `“${answer}” is no answer of this example; it has ${choices.map(({ text }) => `“${text}”`).join(', ')}.`,
      );
    else if (found.has(example.id)) fault('this example stands in the list already.');
    else found.set(example.id, { exampleId: example.id, choice, explanation, purpose: use });
  }
  return { found: [...found.values()], faults };
}

const notNow = new Problem(
  409,
  'study_not_draft',
  'The study was opened, so its known answers stay as they are.',
  'Nothing was changed. What raters were shown must be there to be looked at.',
);

/**
 * Stores the known answers of a draft in place of those before; an empty list removes them. All of
 * it or nothing: gives the faults where a line does not fit. Throws a 409 `Problem` where the study
 * was opened.
 */
export async function storeKnownAnswers(
  db: Db,
  given: { study: Study; text: string; now: number; staff: Staff | null },
): Promise<{ stored: number } | { faults: readonly FieldFault[] }> {
  const { study, now, staff } = given;
  // A cell at the end of a line may be empty: only line ends are cut there.
  const text = given.text.replaceAll(/^\s+|[\r\n]+$/g, '');
  const list = text === '' ? { given: [], faults: [] } : await readList(text);
  if (list.faults.length > 0) return { faults: list.faults };
  return inTransaction(db, async (trx) => {
    if ((await lockStudy(trx, study.id)).state !== 'draft') throw notNow;
    const { found, faults } = await resolve(trx, study, list.given);
    if (faults.length > 0) return { faults };
    await trx.deleteFrom('known_answer').where('study_id', '=', study.id).execute();
    for (const { exampleId, choice, explanation, purpose } of found)
      await trx
        .insertInto('known_answer')
        .values({
          study_id: study.id,
          example_id: exampleId,
          choice,
          explanation,
          purpose,
          created_at: now,
          created_by: staff?.accountId ?? null,
        })
        .execute();
    await recordAudit(trx, {
      at: now,
      staff,
      action: 'study.known-answers',
      subject: `study ${study.public_id}`,
      detail: { answers: found.length },
    });
    return { stored: found.length };
  });
}
