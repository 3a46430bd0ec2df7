/** The currencies that a study can pay in; amounts are whole numbers of their smallest coin. */
export const currencies = ['GBP', 'USD', 'EUR', 'CHF', 'CAD', 'AUD', 'JPY', 'INR'] as const;
export type Currency = (typeof currencies)[number];

/** Digits behind the point of a currency: 2 for most, 0 for the yen. */
export const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en-GB', { style: 'currency', currency }).resolvedOptions()
    .maximumFractionDigits ?? 2;

/** An amount as files have it: “12.50”. */
export const plainAmount = (minor: number, currency: string): string =>
  (minor / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));

/** An amount as pages have it: “12.50 GBP”. */
export const amountWords = (minor: number, currency: string): string =>
  `${plainAmount(minor, currency)} ${currency}`;

/**
 * The whole number of smallest coins that a text names, with a point or a comma; null where it is no
 * amount, is negative, or has more digits than the currency.
 */
export function amountIn(text: string, currency: string): number | null {
  const parts = /^(\d{1,9})(?:[.,](\d+))?$/.exec(text.trim());
  if (parts === null) return null;
  const [, whole = '', rest = ''] = parts;
  const digits = digitsOf(currency);
  return rest.length > digits ? null : Number(whole + rest.padEnd(digits, '0'));
}
