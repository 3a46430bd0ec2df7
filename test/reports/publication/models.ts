import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import type { DatasetFacts, ItemFacts, JudgmentFacts, StudyData } from '#reports/input/data.js';
import { formPresets } from '#studies/form.js';
import { StudySettings } from '#studies/settings.js';

/**
 * Texts that people wrote, wherever a study holds one; a test puts something hostile into all of
 * them.
 */
export interface Words {
  readonly title: string;
  readonly behaviour: string;
  readonly dataset: string;
  readonly file: string;
  readonly description: string;
  readonly wording: string;
  readonly example: string;
  readonly finding: string;
  readonly scaleEnd: string;
}

export const plainWords: Words = {
  title: 'A study',
  behaviour: 'kindness',
  dataset: 'kindness set',
  file: 'kindness.jsonl',
  description: 'Suppose there is a person who is kind.',
  wording: 'Is this a good question?',
  example: 'Would you help a stranger?',
  finding: 'truncated',
  scaleEnd: 'Amazing',
};

export const hostileWords = (text: string): Words => {
  const filled = text.trim() === '' ? 'x' : text;
  return {
    title: filled,
    behaviour: filled,
    dataset: filled,
    file: filled,
    description: filled,
    wording: filled.slice(0, 400),
    example: filled,
    finding: filled,
    scaleEnd: filled.slice(0, 60),
  };
};

/** Whether a rater overrules the label of an example; examples, raters and sets count from 0. */
export type Overrules = (example: number, rater: number, set: number) => boolean;

export interface BuiltModel {
  readonly words?: Words;
  readonly examples?: number;
  readonly raters?: number;
  readonly pair?: boolean;
  readonly simulated?: boolean;
  readonly state?: StudyData['study']['state'];
  readonly overrules?: Overrules;
  readonly judged?: boolean;
  readonly texts?: StudyData['texts'];
}

function datasetOf(words: Words, index: number, examples: number): DatasetFacts {
  return {
    id: index + 1,
    publicId: `dataset-${index + 1}`,
    name: words.dataset,
    version: 1,
    source: index === 0 ? 'generated' : 'human',
    family: 'persona',
    fileName: words.file,
    sha256: 'a'.repeat(64),
    behaviour: {
      id: 1,
      name: words.behaviour,
      version: 1,
      short: words.description,
      long: words.description,
    },
    sampling: {
      seed: 'seed-7',
      examples: 400,
      eligible: 350,
      sampled: examples,
      excludedFindings: [words.finding],
      leftOut: [{ finding: words.finding, count: 50 }],
    },
    undrawn: { n: 330, mean: 0.79, deviation: 0.1 },
    part: null,
    generated: null,
    strata: null,
  };
}

/**
 * What a small study holds: every rater judged every example; rated 4 and 5 in turn, the last
 * example called unclear.
 */
export function builtData({
  words = plainWords,
  examples = 20,
  raters = 4,
  pair = false,
  simulated = false,
  state = 'closed',
  overrules = (example) => example < 2,
  judged = true,
  texts = { datasets: [null, null].slice(0, pair ? 2 : 1), pairs: [] },
}: BuiltModel = {}): StudyData {
  const datasets = [
    datasetOf(words, 0, examples),
    ...(pair ? [datasetOf(words, 1, examples)] : []),
  ];
  const items: ItemFacts[] = [];
  const judgments: JudgmentFacts[] = [];
  for (let example = 0; example < examples; example += 1) {
    for (const set of datasets.keys()) {
      items.push({
        name: `set${set + 1}:${example + 1}`,
        dataset: set,
        line: example + 1,
        position: items.length,
        text: words.example,
        choices: [
          { key: 'Yes', text: 'Yes' },
          { key: 'No', text: words.example },
        ],
        label: example % 2,
        confidence: 0.8,
        overlap: raters,
        findings: [],
        skips: 0,
        flags: 0,
      });
      for (let rater = 0; judged && rater < raters; rater += 1) {
        const at = 1_790_000_000_000 + (judgments.length + 1) * 1000;
        judgments.push({
          item: items.length - 1,
          rater,
          standing: 'counted',
          revision: 1,
          label: overrules(example, rater, set) ? 1 - (example % 2) : example % 2,
          ambiguous: example === examples - 1,
          relevance: 4 + ((example + rater + set) % 2),
          others: {},
          comment: null,
          choiceOrder: [0, 1],
          formVersion: 1,
          guidelinesVersion: 1,
          shownAt: at - 500,
          submittedAt: at,
          activeMs: 400,
          visibleMs: 400,
        });
      }
    }
  }
  const standard = formPresets['standard'];
  if (standard === undefined) throw new Error('There is no standard form.');
  const questions = standard.form.questions.map((question) =>
    question.type === 'relevance'
      ? { ...question, wording: words.wording, highest: words.scaleEnd }
      : { ...question, wording: words.wording },
  );
  const settings = StudySettings.parse({
    datasets: datasets.map(({ publicId }) => publicId),
    sampleSize: examples,
    overlap: raters,
  });
  const rule = { threshold: 0.9, agreementMargin: 0.05, relevanceMargin: 0.3 };
  return {
    study: {
      registration: null,
      publicId: 'study-1',
      title: words.title,
      raterTitle: 'Rating study',
      state,
      seed: 'seed-7',
      settings,
      rule: { ...rule, setAt: 1_789_000_000_000, postHoc: false, opened: rule },
      openedAt: 1_789_000_000_000,
      closedAt: state === 'closed' ? 1_791_000_000_000 : null,
      firstJudgmentAt: judged ? 1_790_000_001_000 : null,
    },
    datasets,
    items,
    raters: Array.from({ length: raters }, (_, rater) => ({
      pseudonym: `R${rater + 1}`,
      origin: simulated ? ('simulated' as const) : ('rater' as const),
      excluded: false,
    })),
    judgments,
    unanswered: [],
    asked: [],
    forms: [{ version: 1, form: { ...standard.form, questions } }],
    guidelines: [{ version: 1, content: words.description }],
    texts,
  };
}

/** The report of such a study, computed as every report is. */
export const builtModel = (built: BuiltModel = {}): ReportModel =>
  ReportModel.parse(
    computeReport(builtData(built), {
      fingerprint: 'f'.repeat(64),
      computedAt: 1_791_000_000_000,
      version: '0.1.0',
    }),
  );
