/* oxlint-disable typescript/no-non-null-assertion -- typed arrays, read inside their own lengths */
import { type MaximumLikelihood, submatrix } from './fit.js';
import { dampedInverse, maximise, type Objective } from './maximise.js';

/**
 * A point of the profile: the signed root of twice the likelihood lost by holding the effect at a
 * value.
 */
export interface ProfilePoint {
  readonly root: number;
  /** Its derivative by the effect. */
  readonly slope: number;
  /** The other parameters at their best. */
  readonly others: Float64Array;
}

const mostSteps = 20;
/** A last step of this many standard errors leaves an error of about its square. */
const closeEnough = 1e-3;
/** A log odds ratio beyond this stands for no limit at all. */
const furthest = 50;

/**
 * Where the signed root reaches `reach` below and above the estimate (profile likelihood limits),
 * or null where the profile does not get there.
 */
export function profileLimits(
  fit: MaximumLikelihood,
  reach: number,
): { lower: number; upper: number } | null {
  const lower = limit(fit, -reach);
  const upper = lower === null ? null : limit(fit, reach);
  return lower === null || upper === null ? null : { lower, upper };
}

/** Newton's method on the signed root, which is close to a straight line. */
function limit(fit: MaximumLikelihood, target: number): number | null {
  const estimate = fit.point[0]!;
  const standardError = Math.sqrt(fit.covariance[0]!);
  let effect = estimate + target * standardError;
  let near = guess(fit, effect);
  for (let step = 0; step < mostSteps; step++) {
    const found = profileAt(fit, effect, near);
    if (found === null || !(found.slope > 0) || Math.abs(effect) > furthest) return null;
    const change = (target - found.root) / found.slope;
    if (Math.abs(change) < closeEnough * standardError) return effect + change;
    // Not past the estimate, and not further than twice as far as before.
    const next = effect + change;
    effect =
      (next - estimate) * target > 0
        ? estimate +
          Math.sign(target) * Math.min(Math.abs(next - estimate), 2 * Math.abs(effect - estimate))
        : 0.5 * (effect + estimate);
    near = found.others;
  }
  return null;
}

/** The profile at an effect, starting from a guess of the other parameters. */
export function profileAt(
  fit: MaximumLikelihood,
  effect: number,
  near = guess(fit, effect),
): ProfilePoint | null {
  const { layout, objective } = fit;
  const gradient = new Float64Array(layout.size);
  const whole = new Float64Array(layout.size);
  whole[0] = effect;
  const held: Objective = (others, slopes) => {
    whole.set(others, 1);
    const value = objective(whole, gradient);
    slopes.set(gradient.subarray(1));
    return value;
  };
  // From exactly 0 a deviation has no slope to leave by.
  const start = near.map((value, index) =>
    index + 1 >= layout.item ? Math.max(Math.abs(value), 0.1) : value,
  );
  const found = maximise(
    held,
    start,
    dampedInverse(
      submatrix(
        fit.curvature,
        layout.size,
        [...start.keys()].map((index) => index + 1),
      ),
      layout.size - 1,
    ),
  );
  if (found.value === -Infinity) return null;
  const lost = Math.max(
    0,
    fit.logLikelihood - held(found.point, new Float64Array(layout.size - 1)),
  );
  const root = Math.sign(effect - fit.point[0]!) * Math.sqrt(2 * lost);
  if (root === 0) return { root, slope: 1 / Math.sqrt(fit.covariance[0]!), others: found.point };
  return { root, slope: -gradient[0]! / root, others: found.point };
}

/** The other parameters as they move with the effect where the likelihood is quadratic. */
function guess(fit: MaximumLikelihood, effect: number): Float64Array {
  const { layout, point, covariance } = fit;
  const moved = (effect - point[0]!) / covariance[0]!;
  const others = point.slice(1).map((value, index) => value + moved * covariance[index + 1]!);
  for (let index = layout.thresholds; index < layout.item; index++)
    if (index > layout.thresholds && !(others[index - 1]! > others[index - 2]!))
      return point.slice(1);
  return others;
}
