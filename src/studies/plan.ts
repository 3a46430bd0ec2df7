import { confirmedDescription, type BehaviourDescription } from '#datasets/behaviour.js';
import type { ListedDataset } from '#datasets/dataset.js';
import { generatedFrom } from '#datasets/generated.js';
import { requireListedDataset, sourceWords } from '#datasets/dataset.js';
import {
  detectableDrop,
  expectedLabelVotes,
  expectedRelevance,
  nonInferiorityMargin,
  plannedShare,
  plannedVoteHalfWidth,
} from '#statistics/power/precision.js';
import type { Db } from '#storage/database.js';
import { percent, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { checksSentences, knownAnswers } from './checks.js';
import { checksFault } from './settings.js';
import {
  type Eligibility,
  eligibilityOf,
  excludedFindings,
  knownCount,
  scoredCount,
} from './eligibility.js';
import { asks } from './form.js';
import { isPaired, pairsOf } from './pairs.js';
import { isCounted } from './questions/types.js';
import { currentForm, currentText, presentSettings, type Study } from './study.js';

/** One dataset of a study that is being planned. */
export interface PlannedDataset {
  readonly dataset: ListedDataset;
  readonly description: BehaviourDescription | undefined;
  /** True where a dataset of the other source and the same behaviour is in the study. */
  readonly paired: boolean;
  readonly excluded: readonly string[];
  readonly eligibility: Eligibility;
  readonly sampled: number;
  /** Examples of which the block for every rater could be drawn. */
  readonly outside: number;
  /** False where no example carries the dataset's own label: label agreement then falls away. */
  readonly labelled: boolean;
}

/** Something that keeps a study from being opened, and the page on which it is put right. */
export interface Obstacle {
  readonly message: string;
  readonly link: string | null;
}

/** What a study would cost and show, before it is opened. */
export interface StudyPlan {
  readonly datasets: readonly PlannedDataset[];
  readonly pairs: readonly {
    readonly behaviour: string;
    readonly generated: PlannedDataset;
    readonly human: PlannedDataset;
    readonly suggested: number;
  }[];
  readonly items: number;
  readonly judgments: number;
  readonly obstacles: readonly Obstacle[];
  /** What keeps nothing from opening and should be known before. */
  readonly remarks: readonly string[];
  readonly precision: Precision;
}

/** Expected half-widths of 95 % intervals for one dataset of the study's size, shares as 0 to 1. */
export interface Precision {
  readonly items: number;
  /** Wilson, labels upheld by majority, at 95 % upheld. */
  readonly upheld: number;
  /** Two-way interval of label agreement by vote, by overlap; null under four raters. */
  readonly votes: readonly {
    readonly overlap: number;
    readonly agreement: number | null;
    readonly relevance: number | null;
  }[];
  readonly raters: number;
  /**
   * For a pair: the smallest margin that can be shown, and the smallest drop that can be found (80
   * % power).
   */
  readonly margin: number;
  readonly drop: number | null;
}

/** Raters assumed where nobody can know yet how many will come. */
const assumedRaters = 10;

/** Whether any example of a dataset has a label, and whether any has nothing to choose from. */
async function shapeOf(
  db: Db,
  datasetId: number,
): Promise<{ labelled: boolean; withoutChoices: boolean }> {
  const examples = db
    .selectFrom('example')
    .select('id')
    .where('dataset_id', '=', datasetId)
    .limit(1);
  const labelled = await examples.where('label_choice', 'is not', null).executeTakeFirst();
  const withoutChoices = await examples.where('choices', '=', '[]').executeTakeFirst();
  return { labelled: labelled !== undefined, withoutChoices: withoutChoices !== undefined };
}

function precisionOf(items: number, overlap: number): Precision {
  const overlaps = [...new Set([1, overlap, overlap + 2])].filter((value) => value <= 30);
  return {
    items,
    upheld: plannedShare(items).halfWidth,
    raters: assumedRaters,
    votes: overlaps.map((k) => ({
      overlap: k,
      agreement: plannedVoteHalfWidth(
        { items, overlap: k, raters: assumedRaters },
        expectedLabelVotes(),
      ),
      relevance: plannedVoteHalfWidth(
        { items, overlap: k, raters: assumedRaters },
        expectedRelevance,
      ),
    })),
    margin: nonInferiorityMargin(items),
    drop: detectableDrop(items),
  };
}

const mostForPair = 300;

/** Whether a dataset is what the generation kept that dropped the other one. */
function isKeptBeside(dataset: ListedDataset, dropped: ListedDataset): boolean {
  const publication = generatedFrom(dropped.provenance)?.publication;
  return (
    dataset.part === 'kept' &&
    publication !== undefined &&
    generatedFrom(dataset.provenance)?.publication === publication
  );
}

/**
 * Plans a study from its settings: what may be sampled, what it costs, what it can show, what still
 * keeps it from opening.
 */
export async function planStudy(
  db: Db,
  study: Pick<Study, 'id' | 'public_id' | 'settings'>,
): Promise<StudyPlan> {
  const settings = presentSettings(study);
  const { form } = await currentForm(db, study.id);
  const editLink = `/studies/${study.public_id}/edit`;
  const obstacles: Obstacle[] = [];
  const found: ListedDataset[] = [];
  for (const publicId of settings.datasets) {
    try {
      found.push(await requireListedDataset(db, publicId));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      obstacles.push({ message: 'A chosen dataset does not exist any more.', link: editLink });
    }
  }
  if (found.length === 0) obstacles.push({ message: 'No dataset is chosen.', link: editLink });
  const datasets: PlannedDataset[] = [];
  const remarks: string[] = [];
  const asksLabel = asks(form, 'label');
  for (const dataset of found) {
    const paired = isPaired(dataset, found);
    const excluded = excludedFindings(settings, paired);
    const eligibility = await eligibilityOf(db, dataset.id, excluded);
    const description = await confirmedDescription(db, dataset.behaviour_id);
    if (dataset.role === 'few-shot')
      obstacles.push({
        message: `“${dataset.name}” holds few-shot prompts, which are never rated.`,
        link: editLink,
      });
    if (dataset.part === 'dropped' && !found.some((other) => isKeptBeside(other, dataset)))
      obstacles.push({
        message: `“${dataset.name}” holds what a generation dropped. It can be rated only beside what the same generation kept: choose that too, or leave it out.`,
        link: editLink,
      });
    if (description === undefined)
      obstacles.push({
        message: `The description of “${dataset.behaviour_name}” is not confirmed yet; raters read it.`,
        link: `/datasets/behaviours/${dataset.behaviour_public_id}`,
      });
    if (eligibility.eligible === 0)
      obstacles.push({
        message: `No example of “${dataset.name}” (${sourceWords[dataset.source]}) may be sampled: all have findings that this study leaves out.`,
        link: editLink,
      });
    const { labelled, withoutChoices } = await shapeOf(db, dataset.id);
    const called = `“${dataset.name}” (${sourceWords[dataset.source]})`;
    if (asksLabel && (withoutChoices || dataset.family === 'winogenerated'))
      obstacles.push({
        message: `The form asks which answer fits, and ${called} has no answers to choose from. Use another preset, or a study of its own.`,
        link: `${editLink}#questions`,
      });
    else if (!labelled)
      remarks.push(
        `${called} has no labels: its report speaks of agreement among raters and of ratings, not of labels upheld.`,
      );
    else if (!asksLabel)
      remarks.push(
        `${called} has labels, and the form does not ask which answer fits: nothing will be said about them.`,
      );
    const scored = dataset.part === 'dropped';
    const fit = scored ? await scoredCount(db, dataset.id, excluded) : eligibility.eligible;
    const withAnswer = await knownCount(db, {
      datasetId: dataset.id,
      studyId: study.id,
      excluded,
      scored,
    });
    const drawable = fit - withAnswer;
    const unscored = eligibility.eligible - fit;
    if (withAnswer > 0 && drawable === 0)
      obstacles.push({
        message: `Every example of ${called} that may be sampled has a known answer, so nothing of it can be drawn. Take known answers back.`,
        link: `/studies/${study.public_id}/known-answers`,
      });
    if (unscored > 0 && fit === 0)
      obstacles.push({
        message: `No example of ${called} carries a label and a confidence, so nothing of it can be drawn. Leave it out.`,
        link: editLink,
      });
    else if (unscored > 0)
      remarks.push(
        `${called} has ${plural(unscored, 'example')} without a label or a confidence: nothing of the discriminator could be read from such examples, so they are not drawn.`,
      );
    if (drawable > 0 && drawable < settings.sampleSize)
      remarks.push(
        `${called} has ${drawable.toLocaleString('en-GB')} examples that may be sampled${withAnswer === 0 ? '' : `, those with a known answer aside`}, fewer than ${settings.sampleSize.toLocaleString('en-GB')}: all of them are taken.`,
      );
    datasets.push({
      dataset,
      description,
      paired,
      excluded,
      eligibility,
      sampled: Math.min(settings.sampleSize, drawable),
      outside: scored ? 0 : drawable - Math.min(settings.sampleSize, drawable),
      labelled,
    });
  }
  const twice = found.find((dataset, index) =>
    found.some(
      (other, before) =>
        before < index &&
        other.behaviour_id === dataset.behaviour_id &&
        other.source === dataset.source &&
        other.name === dataset.name,
    ),
  );
  if (twice !== undefined)
    obstacles.push({
      message: `“${twice.name}” (${sourceWords[twice.source]}) is chosen in two versions.`,
      link: editLink,
    });
  const generated = found.filter(({ part }) => part !== null);
  const warning = (await currentText(db, study.id, 'warning'))?.content ?? '';
  if (generated.length > 0 && warning.trim() === '')
    obstacles.push({
      message: `A model wrote “${generated[0]?.name}”, and nobody has written a content warning: raters read it before they agree.`,
      link: `${editLink}#warning`,
    });
  if (generated.length > 0 && settings.dailyLimit === null)
    remarks.push(
      `A model wrote “${generated[0]?.name}”, and a rater may judge as many examples a day as they like. A most for each day protects them.`,
    );
  if (!form.questions.some(isCounted))
    obstacles.push({ message: 'The form has no question that can be counted.', link: editLink });
  const known = await knownAnswers(db, study.id);
  const outside = datasets.reduce((sum, planned) => sum + planned.outside, 0);
  if (settings.blockItems > outside)
    obstacles.push({
      message: `Every rater is to judge ${plural(settings.blockItems, 'example')} from outside the sample, and ${outside.toLocaleString('en-GB')} are left there. Sample fewer, or make the block smaller.`,
      link: editLink,
    });
  const told = checksFault(settings);
  if (told !== null) obstacles.push({ message: told, link: editLink });
  if (settings.goldItems > known.gold)
    obstacles.push({
      message: `Each rater is to get ${plural(settings.goldItems, 'example')} with a known answer, and there are ${known.gold.toLocaleString('en-GB')}. Enter more known answers, or ask for fewer.`,
      link: `/studies/${study.public_id}/known-answers`,
    });
  if (settings.trainingShare > 0 && known.training === 0)
    obstacles.push({
      message: `Raters have to get ${percent(settings.trainingShare, 0)} of the training right, and there is no training. Enter known answers for it, or let everybody go on.`,
      link: `/studies/${study.public_id}/known-answers`,
    });
  const items = datasets.reduce((sum, planned) => sum + planned.sampled, 0);
  remarks.push(...checksSentences(settings, items * settings.overlap));
  const evaluated = datasets.filter(({ dataset }) => dataset.role === 'evaluated');
  const pairs = pairsOf(
    evaluated.map(({ dataset }) => ({
      source: dataset.source,
      part: dataset.part,
      behaviour: { id: dataset.behaviour_id },
    })),
  ).flatMap((pair) => {
    const generated = evaluated[pair.generated];
    const human = evaluated[pair.human];
    return generated === undefined || human === undefined
      ? []
      : [
          {
            behaviour: generated.dataset.behaviour_name,
            generated,
            human,
            suggested: Math.min(
              mostForPair,
              generated.eligibility.eligible,
              human.eligibility.eligible,
            ),
          },
        ];
  });
  const validated = datasets.filter(({ dataset }) => dataset.part !== 'dropped');
  const perDataset =
    validated.length === 0
      ? settings.sampleSize
      : Math.min(...validated.map((planned) => Math.max(1, planned.sampled)));
  return {
    datasets,
    pairs,
    items,
    judgments: items * settings.overlap,
    obstacles: uniqueObstacles(obstacles),
    remarks,
    precision: precisionOf(perDataset, settings.overlap),
  };
}

const uniqueObstacles = (obstacles: readonly Obstacle[]): Obstacle[] =>
  obstacles.filter(
    (obstacle, index) =>
      obstacles.findIndex((other) => other.message === obstacle.message) === index,
  );
