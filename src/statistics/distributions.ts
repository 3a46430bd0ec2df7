import logGammaFunction from '@stdlib/math-base-special-gammaln';
import betaDistribution from '@stdlib/stats-base-dists-beta-cdf';
import betaInverse from '@stdlib/stats-base-dists-beta-quantile';
import chiSquareDistribution from '@stdlib/stats-base-dists-chisquare-cdf';
import fDistribution from '@stdlib/stats-base-dists-f-cdf';
import fInverse from '@stdlib/stats-base-dists-f-quantile';
import normalDistribution from '@stdlib/stats-base-dists-normal-cdf';
import normalInverse from '@stdlib/stats-base-dists-normal-quantile';
import tDistribution from '@stdlib/stats-base-dists-t-cdf';
import tInverse from '@stdlib/stats-base-dists-t-quantile';

/** P(Z <= x) of the standard normal distribution. */
export function normalCdf(x: number): number {
  return normalDistribution(x, 0, 1);
}

/** The x with P(Z <= x) = p of the standard normal distribution; -Infinity at 0, Infinity at 1. */
export function normalQuantile(p: number): number {
  if (p > 0.5) return -normalQuantile(1 - p);
  const start = normalInverse(p, 0, 1);
  if (!(p > 0) || p > 1e-6) return start;
  // Far out the library loses digits, then gives up; Newton's method on log P mends both.
  let x = Number.isFinite(start) ? start : -Math.sqrt(-2 * Math.log(p)) * 0.99;
  for (let step = 0; step < 20; step++) {
    const tail = normalCdf(x);
    const hazard = Math.exp(-0.5 * x * x - 0.5 * Math.log(2 * Math.PI) - Math.log(tail));
    const change = (Math.log(tail) - Math.log(p)) / hazard;
    x -= change;
    if (Math.abs(change) <= 1e-15 * Math.abs(x)) break;
  }
  return x;
}

/** P(T <= x) of Student's t with the given degrees of freedom (any positive number). */
export function tCdf(x: number, degreesOfFreedom: number): number {
  return tDistribution(x, degreesOfFreedom);
}

/** The x with P(T <= x) = p of Student's t with the given degrees of freedom. */
export function tQuantile(p: number, degreesOfFreedom: number): number {
  return tInverse(p, degreesOfFreedom);
}

/** P(X <= x) of the chi-square distribution. */
export function chiSquareCdf(x: number, degreesOfFreedom: number): number {
  return chiSquareDistribution(x, degreesOfFreedom);
}

/** P(X > x) of the chi-square distribution, with its digits where it is tiny. */
export function chiSquareTail(x: number, degreesOfFreedom: number): number {
  if (!(x > 0)) return 1;
  const shape = degreesOfFreedom / 2;
  const half = x / 2;
  if (half < shape + 1) return 1 - chiSquareDistribution(x, degreesOfFreedom);
  // Continued fraction of the upper incomplete gamma function (modified Lentz).
  const tiny = 1e-300;
  let b = half + 1 - shape;
  let c = 1 / tiny;
  let d = 1 / b;
  let fraction = d;
  for (let step = 1; step < 10_000; step++) {
    const a = -step * (step - shape);
    b += 2;
    d = 1 / nonZero(a * d + b, tiny);
    c = nonZero(b + a / c, tiny);
    const change = d * c;
    fraction *= change;
    if (Math.abs(change - 1) < 1e-16) break;
  }
  return Math.min(1, Math.exp(shape * Math.log(half) - half - logGammaFunction(shape)) * fraction);
}

/**
 * The x with P(X <= x) = p of the chi-square distribution, 0 < p < 1, by halving an interval until
 * its ends agree in 12 digits.
 */
export function chiSquareQuantile(p: number, degreesOfFreedom: number): number {
  let [low, high] = [0, degreesOfFreedom];
  while (chiSquareCdf(high, degreesOfFreedom) < p) [low, high] = [high, 2 * high];
  while (high - low > 1e-12 * high) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) break;
    if (chiSquareCdf(middle, degreesOfFreedom) < p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** P(X > x) of the F distribution, with its digits where it is tiny. */
export function fTail(x: number, numeratorDegrees: number, denominatorDegrees: number): number {
  return x > 0 ? fDistribution(1 / x, denominatorDegrees, numeratorDegrees) : 1;
}

/** P(X <= x) of the F distribution. */
export function fCdf(x: number, numeratorDegrees: number, denominatorDegrees: number): number {
  return fDistribution(x, numeratorDegrees, denominatorDegrees);
}

/** The x with P(X <= x) = p of the F distribution. */
export function fQuantile(p: number, numeratorDegrees: number, denominatorDegrees: number): number {
  return fInverse(p, numeratorDegrees, denominatorDegrees);
}

/** P(X <= x) of the beta distribution, which is the regularised incomplete beta function. */
export function betaCdf(x: number, alpha: number, beta: number): number {
  return betaDistribution(x, alpha, beta);
}

/** The x with P(X <= x) = p of the beta distribution. */
export function betaQuantile(p: number, alpha: number, beta: number): number {
  return betaInverse(p, alpha, beta);
}

/** The logarithm of the gamma function of a positive number. */
export function logGamma(x: number): number {
  return logGammaFunction(x);
}

/** The logarithm of the beta function of two positive numbers. */
export function logBeta(alpha: number, beta: number): number {
  return logGammaFunction(alpha) + logGammaFunction(beta) - logGammaFunction(alpha + beta);
}

/** The derivative of the logarithm of the gamma function, of a positive number. */
export function digamma(x: number): number {
  let shift = 0;
  let high = x;
  for (; high < 12; high++) shift -= 1 / high;
  const inverse = 1 / (high * high);
  const series =
    inverse *
    (1 / 12 -
      inverse * (1 / 120 - inverse * (1 / 252 - inverse * (1 / 240 - inverse * (1 / 132)))));
  return shift + Math.log(high) - 0.5 / high - series;
}

/** The regularised lower incomplete gamma function. */
export function lowerGamma(shape: number, x: number): number {
  return chiSquareDistribution(2 * x, 2 * shape);
}

function nonZero(value: number, otherwise: number): number {
  return Math.abs(value) < otherwise ? otherwise : value;
}
