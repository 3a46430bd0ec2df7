import type { Insertable } from 'kysely';
import type { Db, Trx } from '#storage/database.js';
import type { ItemTable } from '#storage/tables.js';
import { percent, plural } from '#web/format.js';
import { createRandom, shuffle } from '#statistics/random.js';
import type { Candidate } from './eligibility.js';
import type { StudySettings } from './settings.js';
import type { Study } from './study.js';

/** What is left of a dataset once its sample was drawn. */
export interface Left {
  readonly datasetId: number;
  readonly candidates: readonly Candidate[];
}

/**
 * Draws the block that every rater judges: so many examples outside the sample, of each dataset as
 * many as of the others as far as they last. The same seed and candidates give the same block.
 */
export function drawBlock(
  left: readonly Left[],
  options: { readonly size: number; readonly seed: string },
): { datasetId: number; exampleId: number }[] {
  const random = createRandom(`${options.seed} block`);
  const turns = shuffle(
    left.map(({ datasetId, candidates }) => ({
      datasetId,
      examples: shuffle(
        candidates.map(({ id }) => id),
        random,
      ),
    })),
    random,
  );
  const block: { datasetId: number; exampleId: number }[] = [];
  for (let turn = 0; block.length < options.size; turn += 1) {
    const before = block.length;
    for (const { datasetId, examples } of turns) {
      const exampleId = examples[turn];
      if (exampleId !== undefined && block.length < options.size)
        block.push({ datasetId, exampleId });
    }
    if (block.length === before) break;
  }
  return block;
}

/** The examples of a study whose answer is known. */
export const knownExamples = async (trx: Trx, studyId: number): Promise<ReadonlySet<number>> =>
  new Set(
    (
      await trx
        .selectFrom('known_answer')
        .select('example_id')
        .where('study_id', '=', studyId)
        .execute()
    ).map(({ example_id: id }) => id),
  );

/** How many answers are known of examples of a study's datasets, by what they are for. */
export async function knownAnswers(
  db: Db,
  studyId: number,
): Promise<{ gold: number; training: number }> {
  const rows = await db
    .selectFrom('known_answer')
    .innerJoin('example', 'example.id', 'known_answer.example_id')
    .innerJoin('study_dataset', (join) =>
      join
        .onRef('study_dataset.dataset_id', '=', 'example.dataset_id')
        .onRef('study_dataset.study_id', '=', 'known_answer.study_id'),
    )
    .select((eb) => ['known_answer.purpose', eb.fn.countAll<number>().as('count')])
    .where('known_answer.study_id', '=', studyId)
    .groupBy('known_answer.purpose')
    .execute();
  const of = (purpose: string): number => rows.find((row) => row.purpose === purpose)?.count ?? 0;
  return { gold: of('gold'), training: of('training') };
}

/**
 * The items of a study beside its sample: the block, what has a known answer, and the training. No
 * places.
 */
export async function checkItems(
  trx: Trx,
  given: { study: Study; settings: StudySettings; left: readonly Left[] },
): Promise<Insertable<ItemTable>[]> {
  const { study, settings } = given;
  const block = drawBlock(given.left, { size: settings.blockItems, seed: study.seed });
  const known = await trx
    .selectFrom('known_answer')
    .innerJoin('example', 'example.id', 'known_answer.example_id')
    .innerJoin('study_dataset', (join) =>
      join
        .onRef('study_dataset.dataset_id', '=', 'example.dataset_id')
        .onRef('study_dataset.study_id', '=', 'known_answer.study_id'),
    )
    .select(['example.id as exampleId', 'example.dataset_id as datasetId', 'known_answer.purpose'])
    .where('known_answer.study_id', '=', study.id)
    .orderBy('example.id')
    .execute();
  const item =
    (role: 'calibration' | 'gold' | 'training') =>
    ({ datasetId, exampleId }: { datasetId: number; exampleId: number }, index: number) => ({
      study_id: study.id,
      dataset_id: datasetId,
      example_id: exampleId,
      role,
      overlap: 0,
      free_places: 0,
      rank: 0,
      position: index,
    });
  const of = (purpose: 'gold' | 'training') => known.filter((one) => one.purpose === purpose);
  return [
    ...block.map(item('calibration')),
    ...(settings.goldItems === 0 ? [] : of('gold').map(item('gold'))),
    ...of('training').map(item('training')),
  ];
}

/**
 * How often a group of five among 50 raters who all answer as one source did is noticed, by the size
 * of the block: node .build/bench/crowd.js power.
 */
const noticed = [
  { block: 24, share: 1 },
  { block: 16, share: 0.97 },
  { block: 12, share: 0.84 },
  { block: 8, share: 0.27 },
] as const;

/** What the checks of a study cost, and what its block can find, in sentences. */
export function checksSentences(
  settings: Pick<StudySettings, 'blockItems' | 'goldItems' | 'raterLimit'>,
  judgments: number,
): string[] {
  const { blockItems, goldItems, raterLimit } = settings;
  const checks = blockItems + goldItems;
  if (checks === 0) return [];
  const ofSample = raterLimit === null ? null : raterLimit - checks;
  const raters = ofSample === null || ofSample < 1 ? null : Math.ceil(judgments / ofSample);
  const cost = `Each rater also judges ${plural(checks, 'example')} beside the sample, paid like all others${
    raters === null
      ? ': the more raters, the more of them.'
      : `: with at most ${plural(raterLimit ?? 0, 'judgment')} a rater, at least ${plural(raters, 'rater')} are needed, and ${plural(raters * checks, 'further judgment')}.`
  }`;
  if (blockItems === 0) return [cost];
  const power = noticed.find(({ block }) => block <= blockItems);
  const finds =
    power === undefined
      ? 'A block of fewer than 8 examples finds hardly any group of raters who copy from one another.'
      : `Among 50 simulated raters, five who copy everything from one source were noticed in ${power.share === 1 ? 'all studies' : `${percent(power.share, 0)} of studies`} with a block of ${power.block}.`;
  return [cost, finds];
}
