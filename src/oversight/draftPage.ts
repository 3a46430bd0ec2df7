import { textForRaters } from '#datasets/behaviour.js';
import { sourceWords } from '#datasets/dataset.js';
import { fixed, percent } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { findings } from '#datasets/findings/findings.js';
import { textsOfStudy, type TextsOfStudy } from '#reports/studyTexts.js';
import { sharedSentence } from '#reports/model/texts.js';
import { mostTexts } from '#texts/corpus.js';
import { queueTexts } from '#texts/queue.js';
import { asks } from '#studies/form.js';
import { planStudy, type PlannedDataset, type StudyPlan } from '#studies/plan.js';
import { currentForm, presentSettings, requireStudy } from '#studies/study.js';

const points = (share: number | null): string =>
  share === null ? '–' : `± ${(share * 100).toFixed(1)} points`;
const reach = (value: number | null): string => (value === null ? '–' : `± ${fixed(value)}`);

const datasetRow = (planned: PlannedDataset) => ({
  href: `/datasets/${planned.dataset.public_id}`,
  name: planned.dataset.name,
  behaviour: planned.dataset.behaviour_name,
  source: planned.dataset.source,
  sourceWord: sourceWords[planned.dataset.source],
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

/** What the texts of a pair say before anybody is recruited, and what of it asks for a look. */
const textsRow = (
  { behaviour, generated, human, polarity, texts }: TextsOfStudy['pairs'][number],
  leaveOutShared: boolean,
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
    ...(texts !== null && texts.measure.shared.groups === 0 ? [sharedSentence(texts.measure)] : []),
  ],
  looks: [
    ...(polarity.state === 'failed' ? [polarity.sentence] : []),
    ...(texts !== null && texts.measure.shared.groups > 0
      ? [
          `${sharedSentence(texts.measure)} ${leaveOutShared ? 'Copies that the import found word for word are not drawn; near-copies are.' : 'The study draws them all the same, as its settings say.'}`,
        ]
      : []),
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
  const plan = await planStudy(application.db, {
    settings,
    form,
    editLink: `/studies/${study.public_id}/edit`,
  });
  const { precision } = plan;
  const state = await queueTexts(application, study);
  const texts = await textsOfStudy(application.db, study);
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
        pairs: texts.pairs.map((pair) => textsRow(pair, settings.leaveOutShared)),
      },
      remarks: plan.remarks,
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
