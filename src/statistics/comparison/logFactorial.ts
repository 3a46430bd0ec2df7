/* oxlint-disable typescript/no-non-null-assertion -- arrays, read inside their own lengths */

/** The logarithm of n factorial, exact sums for small n. */
export function logFactorial(n: number): number {
  while (logFactorials.length <= Math.min(n, 1 << 16))
    logFactorials.push(logFactorials.at(-1)! + Math.log(logFactorials.length));
  if (n < logFactorials.length) return logFactorials[n]!;
  const x = n + 1;
  return (
    (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + 1 / (12 * x) - 1 / (360 * x ** 3)
  );
}
const logFactorials = [0];
