import { tippingMajority } from '#statistics/tippingPoint/tippingMajority.js';
import type { Seed } from '#statistics/random.js';
import { completeItems } from './labels.js';
import type { Tipping } from './schema/labels.js';
import type { Arm } from './votes.js';
import { plainPercent } from './words.js';

/** How often a model upholds a label of which nothing is known. */
const always = 1;

/**
 * How large a share of a set's votes might be a model's that upholds every label before the verdict
 * on the threshold changes, from the interval's limit; null where the interval holds values on both
 * sides of the threshold, or nothing is judged.
 */
export function tippingOf(
  arm: Arm,
  { threshold, seed }: { threshold: number; seed: Seed },
): Tipping | null {
  const items = completeItems(arm).filter((index) => arm.items[index]?.label !== null);
  const votesOn = (index: number) =>
    (arm.ofItem[index] ?? []).filter(({ label }) => label !== null);
  const votes = Int32Array.from(items, (index) => votesOn(index).length);
  const upholding = Int32Array.from(
    items,
    (index) => votesOn(index).filter(({ label }) => label === arm.items[index]?.label).length,
  );
  for (const verdict of ['above', 'below'] as const) {
    const found = tippingMajority(
      { votes, upholding },
      { threshold, verdict, upheld: always, seed },
    );
    if (found.kind === 'steady' && found.reason === 'no-verdict') continue;
    const share = found.kind === 'tips' ? found.share : null;
    return {
      verdict,
      share,
      sentence:
        share === null
          ? `That these labels ${verdict === 'above' ? 'reach' : 'fall short of'} the threshold would hold however many of the votes a model gave that upholds every label.`
          : `That these labels reach the threshold holds as long as under ${plainPercent(share)} of the votes were given by a model that upholds every label.`,
    };
  }
  return null;
}
