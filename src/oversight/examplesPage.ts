import { sql } from 'kysely';
import { choicesOf } from '#datasets/storedExample.js';
import { sourceWords } from '#datasets/dataset.js';
import type { Db } from '#storage/database.js';
import { requireStudy } from '#studies/study.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { flagKinds, skipReasons } from '#assignment/return.js';
import { skippedByAll } from './skipped.js';

/** The lists of examples that somebody should look at. */
export const exampleLists = {
  skipped: {
    title: 'Skipped by everybody',
    sentence:
      'Everybody who met these examples skipped them. They stay open for raters who come later.',
  },
  unclear: {
    title: 'Unclear to everybody',
    sentence:
      'Every rater marked these examples as unclear: the guidelines may not say which answer fits, or the example is at fault.',
  },
  flagged: {
    title: 'Flagged',
    sentence:
      'Raters pointed something out about these examples, whether or not they answered them.',
  },
  commented: { title: 'Commented', sentence: 'What raters wrote beside their answers.' },
} as const;
export type ExampleList = keyof typeof exampleLists;

const mostShown = 200;
const isList = (value: unknown): value is ExampleList =>
  typeof value === 'string' && Object.hasOwn(exampleLists, value);

interface Remark {
  readonly itemId: number;
  readonly at: number;
  readonly rater: string;
  readonly raterId: string;
  readonly words: string;
  readonly comment: string | null;
}

const wordsOf = (list: Readonly<Record<string, string>>, key: string): string =>
  Object.hasOwn(list, key) ? (list[key] ?? key) : key;

const byRater = (db: Db, studyId: number) =>
  db
    .selectFrom('assignment')
    .innerJoin('rater', 'rater.id', 'assignment.rater_id')
    .where('assignment.study_id', '=', studyId)
    .select([
      'assignment.item_id as itemId',
      'rater.pseudonym as rater',
      'rater.public_id as raterId',
    ]);

async function flags(db: Db, studyId: number): Promise<Remark[]> {
  const rows = await byRater(db, studyId)
    .innerJoin('flag', 'flag.assignment_id', 'assignment.id')
    .select(['flag.at', 'flag.kind', 'flag.comment'])
    .orderBy('flag.id', 'desc')
    .limit(mostShown)
    .execute();
  return rows.map(({ kind, ...row }) => ({ ...row, words: wordsOf(flagKinds, kind) }));
}

async function skips(db: Db, studyId: number, items: readonly number[]): Promise<Remark[]> {
  if (items.length === 0) return [];
  const rows = await byRater(db, studyId)
    .innerJoin('assignment_return', 'assignment_return.assignment_id', 'assignment.id')
    .select(['assignment_return.at', 'assignment_return.reason', 'assignment_return.comment'])
    .where('assignment.item_id', 'in', items.slice(0, mostShown))
    .where('assignment_return.undone_at', 'is', null)
    .orderBy('assignment_return.id', 'desc')
    .execute();
  return rows.map(({ reason, ...row }) => ({ ...row, words: wordsOf(skipReasons, reason) }));
}

const newestRevision = sql<number>`(select max(later.revision) from judgment as later where later.assignment_id = assignment.id)`;

async function comments(
  db: Db,
  studyId: number,
  items: readonly number[] | null,
): Promise<Remark[]> {
  const rows = await byRater(db, studyId)
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .select(['judgment.submitted_at as at', 'judgment.comment'])
    .where('judgment.revision', '=', newestRevision)
    .where('judgment.comment', 'is not', null)
    .$if(items !== null, (query) => query.where('assignment.item_id', 'in', [...(items ?? []), -1]))
    .orderBy('judgment.submitted_at', 'desc')
    .limit(mostShown)
    .execute();
  return rows.map((row) => ({ ...row, words: '' }));
}

/** Complete items that every counted rater marked as unclear. */
async function unclearItems(db: Db, studyId: number): Promise<number[]> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .select('assignment.item_id')
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('assignment.place_no', 'is not', null)
    .where('judgment.revision', '=', newestRevision)
    .groupBy(['assignment.item_id', 'assignment.overlap'])
    .having((eb) => eb(eb.fn.countAll(), '=', eb.ref('assignment.overlap')))
    .having(sql<number>`sum(case when judgment.ambiguous = 1 then 0 else 1 end)`, '=', 0)
    .orderBy('assignment.item_id')
    .limit(mostShown)
    .execute();
  return rows.map((row) => row.item_id);
}

async function contents(
  db: Db,
  studyId: number,
  list: ExampleList,
): Promise<{ items: number[]; remarks: Remark[] }> {
  if (list === 'skipped') {
    const items = await skippedByAll(db, studyId);
    return { items, remarks: await skips(db, studyId, items) };
  }
  if (list === 'unclear') {
    const items = await unclearItems(db, studyId);
    return { items, remarks: await comments(db, studyId, items) };
  }
  const remarks = list === 'flagged' ? await flags(db, studyId) : await comments(db, studyId, null);
  return { items: [...new Set(remarks.map((remark) => remark.itemId))], remarks };
}

/**
 * GET /studies/:study/examples?show=: examples that were skipped by all, unclear to all, flagged or
 * commented.
 */
export const showDoubtfulExamples: Handler = async (request, response, application) => {
  const { db } = application;
  const study = await requireStudy(db, String(request.params['study']));
  const asked = request.query['show'];
  const list: ExampleList = isList(asked) ? asked : 'flagged';
  const { items, remarks } = await contents(db, study.id, list);
  const shown = items.slice(0, mostShown);
  const rows =
    shown.length === 0
      ? []
      : await db
          .selectFrom('item')
          .innerJoin('example', 'example.id', 'item.example_id')
          .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
          .select([
            'item.id',
            'example.text',
            'example.choices',
            'example.label_choice',
            'example.line_number',
            'dataset.public_id',
            'dataset.name',
            'dataset.source',
          ])
          .where('item.id', 'in', shown)
          .execute();
  renderPage(request, response, application, {
    view: 'oversight/examples',
    shell: {
      layout: 'staff',
      title: `${exampleLists[list].title}: ${study.title}`,
      section: 'studies',
      styles: ['css/studies.css'],
    },
    page: {
      id: study.public_id,
      title: study.title,
      lists: Object.entries(exampleLists).map(([name, { title }]) => ({
        name,
        title,
        current: name === list,
      })),
      heading: exampleLists[list].title,
      sentence: exampleLists[list].sentence,
      total: items.length,
      examples: shown.flatMap((itemId) => {
        const row = rows.find((candidate) => candidate.id === itemId);
        if (row === undefined) return [];
        return [
          {
            href: `/datasets/${row.public_id}/examples/${row.line_number}`,
            name: row.name,
            line: row.line_number,
            source: row.source,
            sourceWord: sourceWords[row.source],
            text: row.text,
            choices: choicesOf(row).map((choice, index) => ({
              text: choice.text,
              isLabel: index === row.label_choice,
            })),
            remarks: remarks
              .filter((remark) => remark.itemId === itemId)
              .map((remark) => ({
                at: remark.at,
                rater: remark.rater,
                href: `/studies/${study.public_id}/raters/${remark.raterId}`,
                words: remark.words,
                comment: remark.comment,
              })),
          },
        ];
      }),
    },
  });
};
