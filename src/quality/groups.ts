import { proposalFor } from '#statistics/raterQuality/policy.js';
import { raterSignals } from '#statistics/raterQuality/signals.js';
import { blockAnswers } from '#statistics/rings/blockAnswers.js';
import { type RingPower, ringPower } from '#statistics/rings/ringPower.js';
import { findRings } from '#statistics/rings/rings.js';
import type { Db } from '#storage/database.js';
import { getStudy } from '#studies/study.js';
import { readJudged } from './readJudged.js';

/** Groups of raters who answer the block too much alike, as pages show them. */
export type GroupsSeen =
  | { readonly kind: 'not-possible'; readonly because: string }
  | {
      readonly kind: 'sought';
      readonly groups: readonly {
        /** Ids of raters. */
        readonly members: readonly number[];
        readonly copied: { readonly value: number; readonly lower: number; readonly upper: number };
      }[];
      readonly oneAnswer: readonly { readonly raterId: number; readonly share: number }[];
      readonly raters: number;
      readonly items: number;
      readonly falseAlarms: number;
      readonly effective: {
        readonly value: number;
        readonly lower: number;
        readonly upper: number;
      };
      readonly power: readonly RingPower[];
    };

/**
 * Seeks groups on the block of a study, and says what this study could have found. Raters whom the
 * policy proposes to look at are left out: who does not read makes others seem alike.
 */
export async function groupsInStudy(db: Db, studyId: number): Promise<GroupsSeen> {
  const { seed } = await getStudy(db, studyId);
  const { judged, raters } = await readJudged(db, studyId);
  const block = Int32Array.from(
    [...(judged.block ?? [])].flatMap((inBlock, item) => (inBlock === 1 ? [item] : [])),
  );
  const answers = blockAnswers(judged, block);
  const leftOut = Uint8Array.from(raterSignals(judged), (signals) =>
    proposalFor(signals).kind === 'flag' ? 1 : 0,
  );
  const found = findRings(answers, { seed, leftOut });
  if (found.kind === 'not-possible') return { kind: 'not-possible', because: found.because };
  return {
    kind: 'sought',
    groups: found.rings.map(({ members, copied }) => ({
      members: members.map((rater) => raters[rater] ?? 0),
      copied,
    })),
    oneAnswer: found.straightLiners.map(({ rater, evidence }) => ({
      raterId: raters[rater] ?? 0,
      share: evidence,
    })),
    raters: raters.length,
    items: block.length,
    falseAlarms: found.falseAlarms,
    effective: found.effectiveRaters,
    power: ringPower(answers, { seed, leftOut, threshold: found.threshold, runs: 100 }),
  };
}
