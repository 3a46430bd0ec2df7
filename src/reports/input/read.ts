import { readChoiceOrder } from '#assignment/choiceOrder.js';
import { OtherAnswers } from '#studies/questions/questionType.js';
import { generatedFrom } from '#datasets/generated.js';
import { choicesOf } from '#datasets/storedExample.js';
import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { decisionRule } from '#studies/decisionRule.js';
import { undrawnConfidence } from '#studies/eligibility.js';
import { Form } from '#studies/form.js';
import { ItemFindings, Sampling } from '#studies/sampled.js';
import { requireStudy, settingsOf, type Study } from '#studies/study.js';
import { planOfRegistration, registrationsOf } from '#studies/registration.js';
import type {
  DatasetFacts,
  ItemFacts,
  JudgmentFacts,
  JudgmentStanding,
  RaterFacts,
  StudyData,
} from './data.js';
import { readAsked } from '../asked/answers.js';
import { paceOfWork } from '../asked/known.js';
import { readUnanswered } from './unanswered.js';
import { readTexts } from '#texts/store.js';

async function readDatasets(db: Db, studyId: number): Promise<DatasetFacts[]> {
  const rows = await db
    .selectFrom('study_dataset')
    .innerJoin('dataset', 'dataset.id', 'study_dataset.dataset_id')
    .innerJoin('behaviour', 'behaviour.id', 'study_dataset.behaviour_id')
    .leftJoin(
      'behaviour_description',
      'behaviour_description.id',
      'study_dataset.behaviour_description_id',
    )
    .select([
      'dataset.id',
      'dataset.public_id',
      'dataset.name',
      'dataset.version',
      'dataset.source',
      'dataset.family',
      'dataset.file_name',
      'dataset.sha256',
      'dataset.part',
      'dataset.provenance',
      'study_dataset.sampling',
      'behaviour.id as behaviour_id',
      'behaviour.name as behaviour',
      'behaviour_description.version as description_version',
      'behaviour_description.short',
      'behaviour_description.long',
    ])
    .where('study_dataset.study_id', '=', studyId)
    .orderBy('study_dataset.position')
    .execute();
  const datasets: DatasetFacts[] = [];
  for (const row of rows) {
    const { undrawn, strata, ...sampling } = readJson(
      Sampling,
      row.sampling ?? '',
      'study_dataset.sampling',
    );
    datasets.push({
      id: row.id,
      publicId: row.public_id,
      name: row.name,
      version: row.version,
      source: row.source,
      family: row.family,
      fileName: row.file_name,
      sha256: row.sha256,
      behaviour: {
        id: row.behaviour_id,
        name: row.behaviour,
        version: row.description_version,
        short: row.short ?? '',
        long: row.long ?? '',
      },
      sampling,
      undrawn:
        undrawn !== undefined
          ? undrawn
          : await undrawnConfidence(db, {
              studyId,
              datasetId: row.id,
              excluded: sampling.excludedFindings,
            }),
      part: row.part,
      generated: generatedFrom(row.provenance),
      strata: strata ?? null,
    });
  }
  return datasets;
}

async function countsByItem(
  db: Db,
  studyId: number,
  table: 'assignment_return' | 'flag',
): Promise<Map<number, number>> {
  const rows = await db
    .selectFrom(table)
    .innerJoin('assignment', 'assignment.id', `${table}.assignment_id`)
    .select((eb) => ['assignment.item_id', eb.fn.countAll<number>().as('count')])
    .where('assignment.study_id', '=', studyId)
    .groupBy('assignment.item_id')
    .execute();
  return new Map(rows.map((row) => [row.item_id, row.count]));
}

/** Choices repeat from item to item (Yes, No): those of one text are parsed once. */
function choicesReader(): typeof choicesOf {
  const known = new Map<string, ReturnType<typeof choicesOf>>();
  return (example) => {
    const choices = known.get(example.choices) ?? choicesOf(example);
    known.set(example.choices, choices);
    return choices;
  };
}

async function readItems(
  db: Db,
  studyId: number,
  datasets: readonly DatasetFacts[],
): Promise<{ items: ItemFacts[]; indexes: Map<number, number> }> {
  const rows = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .select([
      'item.id',
      'item.dataset_id',
      'item.overlap',
      'item.position',
      'item.findings',
      'example.line_number',
      'example.text',
      'example.choices',
      'example.label_choice',
      'example.label_confidence',
    ])
    .where('item.study_id', '=', studyId)
    .where('item.role', '=', 'validation')
    .orderBy('item.dataset_id')
    .orderBy('item.position')
    .execute();
  const skips = await countsByItem(db, studyId, 'assignment_return');
  const flags = await countsByItem(db, studyId, 'flag');
  const datasetOf = new Map(datasets.map((dataset, index) => [dataset.id, index]));
  const parsedChoices = choicesReader();
  const items = rows
    .map((row) => ({ row, dataset: datasetOf.get(row.dataset_id) ?? 0 }))
    .toSorted(
      (left, right) => left.dataset - right.dataset || left.row.position - right.row.position,
    );
  return {
    items: items.map(({ row, dataset }) => ({
      name: `${datasets[dataset]?.publicId ?? ''}-${row.line_number}`,
      dataset,
      line: row.line_number,
      position: row.position,
      text: row.text,
      choices: parsedChoices(row),
      label: row.label_choice,
      confidence: row.label_confidence,
      overlap: row.overlap,
      findings: row.findings === '[]' ? [] : readJson(ItemFindings, row.findings, 'item.findings'),
      skips: skips.get(row.id) ?? 0,
      flags: flags.get(row.id) ?? 0,
    })),
    indexes: new Map(items.map(({ row }, index) => [row.id, index])),
  };
}

const standingOf = (row: {
  blanked_at: number | null;
  excluded_at: number | null;
  place_no: number | null;
}): JudgmentStanding =>
  row.blanked_at !== null
    ? 'blanked'
    : row.excluded_at !== null
      ? 'excluded'
      : row.place_no === null
        ? 'surplus'
        : 'counted';

async function readJudgments(
  db: Db,
  studyId: number,
  items: ReadonlyMap<number, number>,
  raters: ReadonlyMap<number, number>,
): Promise<JudgmentFacts[]> {
  const rows = await db
    .selectFrom('assignment')
    .innerJoin('judgment', 'judgment.assignment_id', 'assignment.id')
    .select([
      'assignment.item_id',
      'assignment.rater_id',
      'assignment.place_no',
      'assignment.excluded_at',
      'judgment.revision',
      'judgment.label_choice',
      'judgment.ambiguous',
      'judgment.relevance',
      'judgment.answers',
      'judgment.comment',
      'judgment.choice_order',
      'judgment.form_version',
      'judgment.guidelines_version',
      'judgment.shown_at',
      'assignment.submitted_at',
      'judgment.active_ms',
      'judgment.visible_ms',
      'judgment.blanked_at',
    ])
    .where('assignment.study_id', '=', studyId)
    .where('assignment.state', '=', 'submitted')
    .where('assignment.role', '=', 'validation')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('judgment as later')
            .select('later.revision')
            .whereRef('later.assignment_id', '=', 'judgment.assignment_id')
            .whereRef('later.revision', '>', 'judgment.revision'),
        ),
      ),
    )
    .orderBy('assignment.submitted_at')
    .orderBy('assignment.id')
    .execute();
  return rows.map((row) => ({
    item: items.get(row.item_id) ?? 0,
    rater: raters.get(row.rater_id) ?? 0,
    standing: standingOf(row),
    revision: row.revision,
    label: row.label_choice,
    ambiguous: row.ambiguous === null ? null : row.ambiguous === 1,
    relevance: row.relevance,
    others: row.answers === '{}' ? {} : readJson(OtherAnswers, row.answers, 'judgment.answers'),
    comment: row.comment,
    choiceOrder: readChoiceOrder(row.choice_order),
    formVersion: row.form_version,
    guidelinesVersion: row.guidelines_version,
    shownAt: row.shown_at,
    submittedAt: row.submitted_at ?? 0,
    activeMs: row.active_ms,
    visibleMs: row.visible_ms,
  }));
}

const factsOf = async (db: Db, study: Study): Promise<StudyData['study']> => {
  const settings = settingsOf(study);
  const [registration] = await registrationsOf(db, study.id);
  return {
    publicId: study.public_id,
    title: study.title,
    raterTitle: settings.raterTitle,
    state: study.state,
    seed: study.seed,
    settings,
    rule: await decisionRule(db, study),
    openedAt: study.opened_at,
    closedAt: study.closed_at,
    firstJudgmentAt: study.first_judgment_at,
    registration:
      registration === undefined
        ? null
        : {
            id: registration.public_id,
            registeredAt: registration.registered_at,
            sha256: registration.sha256,
            plan: planOfRegistration(registration),
          },
  };
};

/**
 * Reads everything that a report of this study is computed from. Meant for a worker thread with a
 * connection of its own: a million judgments take seconds. Throws "not found" where there is no
 * such study.
 */
export async function readStudyData(db: Db, publicId: string): Promise<StudyData> {
  const study = await requireStudy(db, publicId);
  const datasets = study.opened_at === null ? [] : await readDatasets(db, study.id);
  const { items, indexes } = await readItems(db, study.id, datasets);
  const people = await db
    .selectFrom('rater')
    .select(['id', 'pseudonym', 'origin', 'excluded_at'])
    .where('study_id', '=', study.id)
    .orderBy('id')
    .execute();
  const raters = people.map((person): RaterFacts => ({
    pseudonym: person.pseudonym,
    origin: person.origin,
    excluded: person.excluded_at !== null,
  }));
  const raterIndexes = new Map(people.map((person, index) => [person.id, index]));
  const texts = await db
    .selectFrom('study_text')
    .select(['kind', 'version', 'content'])
    .where('study_id', '=', study.id)
    .where('kind', 'in', ['form', 'guidelines'])
    .orderBy('version', 'desc')
    .execute();
  return {
    study: await factsOf(db, study),
    datasets,
    items,
    raters,
    judgments: await readJudgments(db, study.id, indexes, raterIndexes),
    unanswered: await readUnanswered(db, study.id, indexes, raterIndexes),
    forms: texts
      .filter((text) => text.kind === 'form')
      .map((text) => ({
        version: text.version,
        form: readJson(Form, text.content, 'study_text.content'),
      })),
    guidelines: texts
      .filter((text) => text.kind === 'guidelines')
      .map((text) => ({ version: text.version, content: text.content })),
    asked: await readAsked(db, study, await paceOfWork(db, study.id)),
    texts: await readTexts(
      db,
      datasets.map(({ id }) => id),
    ),
  };
}
