import { fixed, percent } from '#web/format.js';
import type { Difference, LeftOut } from './schema.js';

/** A difference as one of its two prompts sees it. */
interface Seen {
  readonly other: number;
  readonly worse: boolean;
  readonly difference: Difference;
}

const seenBy = (differences: readonly Difference[], prompt: number): Seen[] =>
  differences.flatMap((difference): Seen[] => {
    const { first, second, shown } = difference;
    if (shown === null || (first !== prompt && second !== prompt)) return [];
    return [
      {
        other: first === prompt ? second : first,
        worse: (shown === 'first-worse') === (first === prompt),
        difference,
      },
    ];
  });

/** How a difference is said: `12.0 points (95 % interval 5.1 to 18.9)`, always of the worse one. */
function sizeOf({ measure, difference: { value, lower, upper } }: Difference): string {
  if (value === null || lower === null || upper === null) return '';
  const limits = [Math.abs(lower), Math.abs(upper)].toSorted((one, other) => one - other);
  const say = (number: number): string =>
    measure === 'upheld' ? fixed(100 * number, 1) : fixed(number, 2);
  const unit = measure === 'upheld' ? ' points' : '';
  return `by ${say(Math.abs(value))}${unit} (${percent(0.95, 0)} interval ${limits.map(say).join(' to ')})`;
}

const subject = { upheld: 'labels upheld', relevance: 'relevance' } as const;

const said = ({ other, difference }: Seen): string =>
  `lower than prompt ${other + 1} in ${subject[difference.measure]} ${sizeOf(difference)}`;

/**
 * The prompts of a stage that were shown to be worse than another one: lower in one measure, with
 * the interval of the difference and Holm's correction, and not shown to be higher in the other
 * measure. Where this holds of every prompt, each being worse than a further one, none is left out.
 */
export function leftOutOf(differences: readonly Difference[], prompts: number): LeftOut[] {
  const found = Array.from({ length: prompts }, (_, prompt) => {
    const seen = seenBy(differences, prompt);
    const worse = seen.filter(
      ({ other, worse: lower }) => lower && !seen.some((one) => one.other === other && !one.worse),
    );
    return { prompt, worse };
  });
  const left = found.filter(({ worse }) => worse.length > 0);
  if (left.length === prompts) return [];
  return left.map(({ prompt, worse }) => ({
    prompt,
    why: `It is ${worse.map(said).join('; ')}.`,
  }));
}
