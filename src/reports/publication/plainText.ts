/**
 * A text on one line without characters that steer a terminal, an editor or a typesetter: line
 * breaks and tabs become one space; controls, invisible and direction marks and halves of surrogate
 * pairs go.
 */
export const oneLine = (text: string): string =>
  text
    .replaceAll(/[\s\u0085\u2028\u2029]+/gu, ' ')
    .replaceAll(
      /[\p{Cc}\p{Cs}\p{Co}\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffd]/gu,
      '',
    )
    .replaceAll(/\s{2,}/g, ' ')
    .trim();
