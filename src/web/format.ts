/**
 * How numbers and dates read on every page and in every report, so that they read alike.
 */

/** 0.9412 → "94.1 %". */
export const percent = (share: number, digits = 1): string => `${fixed(share * 100, digits)} %`;

/** 1234567 → "1,234,567". */
export const count = (value: number): string =>
  value.toLocaleString('en-GB', { maximumFractionDigits: 0 });

/**
 * A number with a fixed number of digits and a real minus sign, which nothing that rounds to 0 has.
 */
export function fixed(value: number, digits = 2): string {
  const text = value.toFixed(digits);
  return text.replace('-', Number(text) === 0 ? '' : '−');
}

/**
 * Decimals, `digits` or at most four more, with which no value is printed like a mark that it is
 * not: an interval that ends below a margin must not read as if it ended on it.
 */
export function decimalsApart(
  values: readonly number[],
  marks: readonly number[],
  digits: number,
): number {
  const alike = (decimals: number): boolean =>
    values.some((value) =>
      marks.some(
        (mark) =>
          Math.abs(value - mark) > 1e-9 &&
          Number(value.toFixed(decimals)) === Number(mark.toFixed(decimals)),
      ),
    );
  let decimals = digits;
  while (decimals < digits + 4 && alike(decimals)) decimals += 1;
  return decimals;
}

/** Bytes as kB, MB or GB (powers of ten). */
export function bytes(value: number): string {
  if (value < 1000) return `${value} B`;
  if (value < 1e6) return `${(value / 1e3).toFixed(0)} kB`;
  return value < 1e9 ? `${(value / 1e6).toFixed(1)} MB` : `${(value / 1e9).toFixed(2)} GB`;
}

/** UTC milliseconds → "24 Nov 2026, 14:10 UTC". */
export const time = (at: number): string =>
  `${new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', year: 'numeric', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' }).format(at)} UTC`;

/** UTC milliseconds → ISO 8601, for `<time datetime>`. */
export const isoTime = (at: number): string => new Date(at).toISOString();

/** One or many: `plural(1, 'row')` → "1 row", `plural(2, 'row')` → "2 rows". */
export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;
