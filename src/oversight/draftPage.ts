import { textForRaters } from '#datasets/behaviour.js';
import { sourceWords } from '#datasets/dataset.js';
import { count, fixed, percent, plural } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { findings } from '#datasets/findings/findings.js';
import { textsOfStudy, type TextsOfStudy } from '#reports/studyTexts.js';
import { findingsBeforeArrivals } from '#platforms/check.js';
import { sharedSentence } from '#reports/model/texts.js';
import { mostTexts } from '#texts/corpus.js';
import { queueTexts } from '#texts/queue.js';
import type { PairTexts } from '#texts/measures.js';
import { eligibleLines, excludedFindings } from '#studies/eligibility.js';
import { asks } from '#studies/form.js';
import { planStudy, type PlannedDataset, type StudyPlan } from '#studies/plan.js';
import type { StudySettings } from '#studies/settings.js';
import { currentForm, presentSettings, requireStudy } from '#studies/study.js';
import type { Db } from '#storage/database.js';

const points = (share: number | null): string =>
  share === null ? '–' : `± ${(share * 100).toFixed(1)} points`;
const reach = (value: number | null): string => (value === null ? '–' : `± ${fixed(value)}`);

const datasetRow = (planned: PlannedDataset) => ({
  href: `/datasets/${planned.dataset.public_id}`,
  name: planned.dataset.name,
  behaviour: planned.dataset.behaviour_name,
  source: planned.dataset.source,
  sourceWord: sourceWords[planned.dataset.source],
  part: planned.dataset.part,
  version: planned.dataset.version,
  examples: planned.eligibility.examples,
  eligible: planned.eligibility.eligible,
  sampled: planned.sampled,
  leftOut: planned.eligibility.leftOut.map(({ finding, count }) => ({
    title: findings.find((known) => known.name === finding)?.title ?? finding,
    count,
    href: `/datasets/${planned.dataset.public_id}?finding=${finding}#samples`,
  })),
  description:
    planned.description === undefined
      ? null
      : { text: textForRaters(planned.description), version: planned.description.version },
});

const pairRow = (pair: StudyPlan['pairs'][number], sampleSize: number) => ({
  behaviour: pair.behaviour,
  suggested: pair.suggested,
  sampled: Math.min(pair.generated.sampled, pair.human.sampled),
  more: pair.suggested > sampleSize,
});

type TextsOfPair = TextsOfStudy['pairs'][number];

/** How many texts that stand in both sets of a pair this study could draw from both. */
async function drawableFromBoth(
  db: Db,
  { generated, human, texts }: TextsOfPair,
  { settings, datasets }: { settings: StudySettings; datasets: StudyPlan['datasets'] },
): Promise<number> {
  const groups = texts?.measure.shared.lines ?? [];
  const excluded = excludedFindings(settings, true);
  const drawable = (publicId: string, lines: readonly number[]): Promise<ReadonlySet<number>> => {
    const planned = datasets.find(({ dataset }) => dataset.public_id === publicId);
    return planned === undefined
      ? Promise.resolve(new Set())
      : eligibleLines(db, planned.dataset.id, { lines, excluded });
  };
  const [ofGenerated, ofHuman] = [
    await drawable(
      generated,
      groups.flatMap((group) => group.generated),
    ),
    await drawable(
      human,
      groups.flatMap((group) => group.human),
    ),
  ];
  return groups.filter(
    (group) =>
      group.generated.some((line) => ofGenerated.has(line)) &&
      group.human.some((line) => ofHuman.has(line)),
  ).length;
}

/** What is said of texts that stand in both sets; `look` where raters could get them twice. */
export function sharedWords(
  { shared, sampled }: Pick<PairTexts, 'shared' | 'sampled'>,
  drawable: number,
  leaveOutShared: boolean,
): { readonly look: boolean; readonly sentence: string } {
  const out = shared.groups - drawable;
  const left = `Of ${plural(out, 'text')} found in both sets, one copy or both are left out of the sample already.`;
  const part =
    Math.max(sampled.generated, sampled.human) < mostTexts
      ? []
      : [`At most ${count(mostTexts)} texts of each set were compared.`];
  if (drawable === 0) {
    const sentence = shared.groups === 0 ? sharedSentence({ shared }) : left;
    return { look: false, sentence: [sentence, ...part].join(' ') };
  }
  const both = `${plural(drawable, 'text')} in both sets, exactly or nearly alike, can be drawn from either.`;
  const why = leaveOutShared
    ? 'The import finds only copies that are alike word for word.'
    : 'The settings of this study do not leave them out.';
  return { look: true, sentence: [both, why, ...(out === 0 ? [] : [left]), ...part].join(' ') };
}

/** What the texts of a pair say before anybody is recruited, and what of it asks for a look. */
const textsRow = (
  { behaviour, generated, human, polarity, texts }: TextsOfPair,
  shared: ReturnType<typeof sharedWords> | null,
) => ({
  behaviour,
  sets: [
    { href: `/datasets/${generated}`, words: 'generated' },
    { href: `/datasets/${human}`, words: 'human-written' },
  ],
  measured: texts?.measure.sampled ?? null,
  /** What asks for no look. */
  said: [
    ...(polarity.state === 'failed' ? [] : [polarity.sentence]),
    ...(shared?.look === false ? [shared.sentence] : []),
  ],
  looks: [
    ...(polarity.state === 'failed' ? [polarity.sentence] : []),
    ...(shared?.look === true ? [shared.sentence] : []),
  ],
});

/**
 * GET /studies/:study/review: what the draft costs, what it can show, what the texts of its pairs
 * show, what still keeps it from opening.
 */
export const showDraft: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  if (study.state !== 'draft') {
    response.redirect(303, `/studies/${study.public_id}`);
    return;
  }
  const settings = presentSettings(study);
  const { form } = await currentForm(application.db, study.id);
  const plan = await planStudy(application.db, study);
  const { precision } = plan;
  const state = await queueTexts(application, study);
  const texts = await textsOfStudy(application.db, study);
  const pairs: ReturnType<typeof textsRow>[] = [];
  for (const pair of texts.pairs) {
    const { datasets } = plan;
    const drawable = await drawableFromBoth(application.db, pair, { settings, datasets });
    const shared = pair.texts && sharedWords(pair.texts.measure, drawable, settings.leaveOutShared);
    pairs.push(textsRow(pair, shared));
  }
  renderPage(request, response, application, {
    view: 'oversight/draft',
    shell: { layout: 'staff', title: study.title, section: 'studies', styles: ['css/studies.css'] },
    page: {
      id: study.public_id,
      title: study.title,
      mayWrite: findStaff(request)?.role === 'admin',
      items: plan.items,
      judgments: plan.judgments,
      overlap: settings.overlap,
      sampleSize: settings.sampleSize,
      asksLabel: asks(form, 'label'),
      datasets: plan.datasets.map(datasetRow),
      pairs: plan.pairs.map((pair) => pairRow(pair, settings.sampleSize)),
      obstacles: plan.obstacles,
      texts: {
        state,
        href: `/studies/${study.public_id}/review`,
        mostTexts,
        pairs,
      },
      remarks: plan.remarks,
      findings: await findingsBeforeArrivals(application, study),
      precision: {
        items: precision.items,
        raters: precision.raters,
        upheld: points(precision.upheld),
        votes: precision.votes.map((vote) => ({
          overlap: vote.overlap,
          chosen: vote.overlap === settings.overlap,
          judgments: plan.items * vote.overlap,
          agreement: points(vote.agreement),
          relevance: reach(vote.relevance),
        })),
        margin: `${(precision.margin * 100).toFixed(1)} points`,
        drop: precision.drop === null ? null : `${(precision.drop * 100).toFixed(1)} points`,
      },
      rule: {
        threshold: percent(settings.threshold, 0),
        agreementMargin: `${Number((settings.agreementMargin * 100).toFixed(2))} points`,
        relevanceMargin: String(settings.relevanceMargin),
      },
      questions: form.questions.map((question) => question.wording),
    },
  });
};
