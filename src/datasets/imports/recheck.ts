import type { Db } from '#storage/database.js';
import { readJson } from '#storage/json.js';
import { inTransaction } from '#storage/transaction.js';
import type { Dataset } from '../dataset.js';
import { isRefusal, type Example as Recognised } from '../examples/example.js';
import { Mapping } from '../examples/mapping.js';
import { recognise } from '../examples/recognise.js';
import { detectFindings, type Finding, storableText } from '../findings/detect.js';
import { detectorVersion } from '../findings/findings.js';
import { comparisonFindings, excludesByDefault } from '../findingWords.js';
import { blockOf } from '../removed.js';
import { choicesOf, type Example, rawText } from '../storedExample.js';
import type { Pace } from './pace.js';
import { recountHealth } from './recount.js';

const compared: readonly string[] = Object.values(comparisonFindings);
/** What is found in columns beside text and choices: a row of a table is kept without their names. */
const ofOtherColumns: readonly string[] = ['same-answers', 'other-answer-no-choice'];
const perRead = 500;

function valueOf(raw: string): unknown {
  try {
    return JSON.parse(raw);
  } catch {
    return raw;
  }
}

/** A stored example with what recognition says of its row today; text and choices stay as stored. */
function exampleAgain(
  dataset: Pick<Dataset, 'family'>,
  mapping: Mapping | null,
  example: Example,
): { recognised: Recognised; value: unknown; whole: boolean } {
  const value = valueOf(rawText(example));
  const fresh = recognise(value, dataset.family, mapping);
  const { removed, doubts } = isRefusal(fresh) ? blockOf(example) : fresh;
  return {
    value,
    whole: !isRefusal(fresh),
    recognised: {
      family: dataset.family,
      text: example.text,
      choices: choicesOf(example),
      labelChoice: example.label_choice,
      labelConfidence: example.label_confidence,
      fixedOrder: example.fixed_order === 1,
      removed,
      doubts,
    },
  };
}

/** Replaces the findings of some examples by those of today; what comes from comparing stays. */
async function replaceFindings(
  db: Db,
  datasetId: number,
  found: readonly {
    readonly id: number;
    readonly findings: readonly Finding[];
    /** False where the row's other columns cannot be read any more. */
    readonly whole: boolean;
  }[],
): Promise<void> {
  const ids = found.map(({ id }) => id);
  const rows = found.flatMap(({ id, findings }) =>
    findings.map(({ name, detail }) => ({
      dataset_id: datasetId,
      finding: name,
      example_id: id,
      detail: detail === null ? null : storableText(detail),
    })),
  );
  await inTransaction(db, async (trx) => {
    for (const whole of [true, false]) {
      const those = found.filter((one) => one.whole === whole).map(({ id }) => id);
      if (those.length > 0)
        await trx
          .deleteFrom('example_finding')
          .where('example_id', 'in', those)
          .where('finding', 'not in', whole ? compared : [...compared, ...ofOtherColumns])
          .execute();
    }
    if (rows.length > 0) await trx.insertInto('example_finding').values(rows).execute();
    const standing = await trx
      .selectFrom('example_finding')
      .select(['example_id', 'finding'])
      .where('example_id', 'in', ids)
      .execute();
    const doubtful = new Set(
      standing.filter(({ finding }) => excludesByDefault(finding)).map(({ example_id: id }) => id),
    );
    for (const state of [0, 1] as const) {
      const those = ids.filter((id) => doubtful.has(id) === (state === 1));
      if (those.length > 0)
        await trx
          .updateTable('example')
          .set({ doubtful: state })
          .where('id', 'in', those)
          .where('doubtful', '!=', state)
          .execute();
    }
  });
}

/**
 * Looks for findings in a visible dataset again, by the rules of today, in short steps over its
 * stored rows. Text, choices and labels stay as they are, and so do the items of studies, which
 * keep the findings that they were sampled with. Begins anew where it was stopped.
 */
export async function recheckDataset(
  db: Db,
  dataset: Dataset,
  { pace, signal }: { readonly pace: Pace; readonly signal?: AbortSignal },
): Promise<void> {
  const mapping =
    dataset.mapping === null ? null : readJson(Mapping, dataset.mapping, 'dataset.mapping');
  for (let after = -1; ;) {
    signal?.throwIfAborted();
    const examples = await db
      .selectFrom('example')
      .selectAll()
      .where('dataset_id', '=', dataset.id)
      .where('line_number', '>', after)
      .orderBy('line_number')
      .limit(Math.min(pace.step.rows, perRead))
      .execute();
    const last = examples.at(-1);
    if (last === undefined) break;
    after = last.line_number;
    const found = examples.map((example) => {
      const { recognised, value, whole } = exampleAgain(dataset, mapping, example);
      return {
        id: example.id,
        whole,
        findings: detectFindings(recognised, { raw: Buffer.from(example.raw), value }),
      };
    });
    await replaceFindings(db, dataset.id, found);
    await pace.breathe();
  }
  await recountHealth(db, dataset.id);
  await db
    .updateTable('dataset')
    .set({ detector: detectorVersion })
    .where('id', '=', dataset.id)
    .execute();
}
