/**
 * A text that a spreadsheet would run as a formula, or one that this defence has touched before.
 */
const runs = /^'*[=+\-@\t\r\n]/;

/**
 * Puts an apostrophe before a text that a spreadsheet would run as a formula. To undo it, take one
 * apostrophe away from every text that begins with apostrophes followed by one of = + - @, tab, CR
 * or LF.
 */
export const defused = (text: string): string => (runs.test(text) ? `'${text}` : text);

/** A text as a cell of CSV (RFC 4180), defused, in quotes where it needs them. */
export const csvCell = (text: string): string => {
  const safe = defused(text);
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
