import { z } from 'zod';
import { sourceWords } from '#datasets/dataset.js';
import type { Db } from '#storage/database.js';
import { pairsOf } from '#studies/pairs.js';
import { requireStudy, type Study } from '#studies/study.js';
import { datasetsOfStudy } from '#texts/corpus.js';
import type { DatasetTexts, PairTexts } from '#texts/measures.js';
import { queueTexts } from '#texts/queue.js';
import { readTexts } from '#texts/store.js';
import type { Handler, Route } from '#web/route.js';
import { GateCheck } from './model/schema/report.js';
import { polarityOfTexts } from './model/textPolarity.js';
import { datasetVerdict, measuredPair, pairVerdict } from './model/texts.js';

/** What the texts of a study show by themselves, whether it was opened or not. */
export interface TextsOfStudy {
  readonly datasets: readonly {
    readonly id: string;
    readonly title: string;
    /** Null where they are not measured yet, as in a pair. */
    readonly texts: { readonly verdict: string[]; readonly measure: DatasetTexts } | null;
  }[];
  readonly pairs: readonly {
    readonly behaviour: string;
    readonly generated: string;
    readonly human: string;
    /** As the gate of the report has it. */
    readonly polarity: GateCheck;
    readonly texts: { readonly verdict: string[]; readonly measure: PairTexts } | null;
  }[];
}

/** Reads what was measured of the texts of a study's datasets and pairs; of a draft as it is now. */
export async function textsOfStudy(db: Db, study: Pick<Study, 'id'>): Promise<TextsOfStudy> {
  const datasets = await datasetsOfStudy(db, study.id);
  const texts = await readTexts(
    db,
    datasets.map(({ id }) => id),
  );
  return {
    datasets: datasets.map(({ publicId, behaviour, source }, index) => {
      const measure = texts.datasets[index] ?? null;
      return {
        id: publicId,
        title: `${behaviour.name}, ${sourceWords[source]}`,
        texts: measure === null ? null : { verdict: datasetVerdict(measure), measure },
      };
    }),
    pairs: pairsOf(datasets).map((pair) => {
      const measure = measuredPair({ texts }, pair);
      return {
        behaviour: datasets[pair.generated]?.behaviour.name ?? '',
        generated: datasets[pair.generated]?.publicId ?? '',
        human: datasets[pair.human]?.publicId ?? '',
        polarity: polarityOfTexts(measure),
        texts: measure === null ? null : { verdict: pairVerdict(measure), measure },
      };
    }),
  };
}

const verdict = z.array(z.string()).nullable().describe('Null where they are not measured yet.');
const TextsAnswer = z.object({
  missing: z.int().describe('Datasets and pairs that are being measured.'),
  fault: z.string().nullable().describe('Why the last attempt failed.'),
  datasets: z.array(z.object({ id: z.string(), title: z.string(), verdict })),
  pairs: z.array(
    z.object({
      behaviour: z.string(),
      generated: z.string().describe('Id of the generated dataset.'),
      human: z.string(),
      polarity: GateCheck.describe('Whether the labels of both sets point the same way.'),
      sampled: z
        .object({ generated: z.int(), human: z.int() })
        .nullable()
        .describe('Texts that were measured: of the whole sets, not of what a study draws.'),
      shared: z.int().nullable().describe('Texts that stand in both, exactly or nearly.'),
      verdict,
    }),
  ),
});

/** GET /api/v1/studies/:study/texts: has measured what is missing, and says what is known. */
const readTextsByApi: Handler = async (request, response, application) => {
  const study = await requireStudy(application.db, String(request.params['study']));
  const { missing, fault } = await queueTexts(application, study);
  const { datasets, pairs } = await textsOfStudy(application.db, study);
  const answer: z.output<typeof TextsAnswer> = {
    missing,
    fault,
    datasets: datasets.map(({ texts, ...dataset }) => ({
      ...dataset,
      verdict: texts?.verdict ?? null,
    })),
    pairs: pairs.map(({ texts, ...pair }) => ({
      ...pair,
      sampled: texts?.measure.sampled ?? null,
      shared: texts?.measure.shared.groups ?? null,
      verdict: texts?.verdict ?? null,
    })),
  };
  response.json(answer);
};

export const textsApiRoute: Route = {
  method: 'get',
  path: '/api/v1/studies/:study/texts',
  access: 'researcher',
  handler: readTextsByApi,
  operation: {
    summary:
      'What the texts of a study’s datasets and pairs show, of a draft too; what is missing is measured then.',
    params: z.object({ study: z.string() }),
    answer: TextsAnswer,
  },
};
