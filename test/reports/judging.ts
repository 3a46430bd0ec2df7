import { submitJudgment } from '#assignment/submit.js';
import type { AtWork } from '#assignment/atWork.js';
import { isNothing } from '#assignment/nothing.js';
import { currentItem } from '#assignment/slots.js';
import type { Rater } from '#raters/rater.js';
import type { Answers } from '#studies/questions/questionType.js';
import type { Database } from '#storage/database.js';

/** What a rater sees of an item, by which a test decides what they answer. */
export interface Seen {
  readonly text: string;
  readonly label: number | null;
  readonly source: 'generated' | 'human';
  readonly rater: number;
}

export interface Said {
  readonly label: number | null;
  readonly unclear?: boolean | null;
  readonly relevance?: number | null;
  readonly comment?: string;
  readonly others?: Answers['others'];
}

/** Lets raters judge in turn until nobody finds anything more; times run on by a second. */
export async function judgeAll(
  database: Database,
  raters: readonly Rater[],
  answer: (seen: Seen) => Said,
  options: { most?: number } = {},
): Promise<number> {
  let judged = 0;
  let now = 2_000_000;
  const working = new Set(raters.keys());
  while (working.size > 0 && judged < (options.most ?? Infinity)) {
    for (const rater of working) {
      now += 1000;
      const at: AtWork = { database, raterId: raters[rater]?.id ?? 0, now };
      const item = await currentItem(at);
      if (isNothing(item)) {
        working.delete(rater);
        continue;
      }
      const shown = await database.db
        .selectFrom('item')
        .innerJoin('example', 'example.id', 'item.example_id')
        .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
        .select(['example.text', 'example.label_choice', 'dataset.source'])
        .where('item.id', '=', item.item_id)
        .executeTakeFirstOrThrow();
      const said = answer({
        text: shown.text,
        label: shown.label_choice,
        source: shown.source,
        rater,
      });
      await submitJudgment(
        at,
        {
          assignment: item.public_id,
          key: `key-${item.public_id}`,
          answers: {
            labelChoice: said.label,
            ambiguous: said.unclear === undefined ? false : said.unclear,
            relevance: said.relevance === undefined ? 4 : said.relevance,
            others: said.others ?? {},
          },
          comment: said.comment ?? null,
          activeMs: 4000,
          visibleMs: 4000,
        },
        { fetchAhead: false },
      );
      judged += 1;
      if (judged >= (options.most ?? Infinity)) break;
    }
  }
  return judged;
}
