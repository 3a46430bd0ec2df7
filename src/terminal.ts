/**
 * Characters that move a terminal's cursor back, end a line or turn the direction of text round; a
 * tab does none of it.
 */
const acting = /(?!\t)[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/**
 * Text on one line of a terminal: what a terminal would act upon is written out as `\u001b`, so
 * that nothing that comes from a file can hide or imitate a line. JSON stays the same JSON.
 */
export const printable = (text: string): string =>
  text.replace(
    acting,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
