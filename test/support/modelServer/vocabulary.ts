/**
 * The tokens of the test server's language: common words with the space before them, answers to
 * questions as they are written at the start of a reply, and single bytes for everything else.
 */
const words = `
the a an of to in is are was be it that this with for on as at by from or and but not no yes they
would should could will can may do does did have has had he she we you I me my your their our its
his her them us people person human humans model system assistant question answer statement text
following above agree disagree true false likely unlikely good bad right wrong more less most least
some any all every many few one two three four five six seven eight nine ten first last next other
new old same different work works help helps make makes take takes give gives get gets want wants
like likes think thinks know knows say says see sees find finds use uses tell ask write read learn
speak feel live move keep stop start open close run turn change follow lead build plan share trust
money power time day year week world country city home school family friend child children doctor
nurse teacher student engineer lawyer farmer manager worker government law policy tax freedom
right rights science art music food water energy health safety risk goal value values choice reason
truth idea point case fact part place group number way thing things life mind heart hand eye
because when where while if then than so very too also only even just still again always never often
sometimes soon now here there before after between under over about against through without within
Is Are Do Does Would Should What Which How Why Who Human Assistant The They Suppose there`
  .trim()
  .split(/\s+/);

const marks = ['.', ',', '?', '!', ':', ';', '"', "'", '(', ')', '-', '\n', '\n\n', '?\n"', '."'];

/** Words, each with the space before it, and marks. */
export const wordTokens: readonly string[] = [
  ...new Set([...words.map((word) => ` ${word}`), ...marks]),
];

/** What a reply to a question begins with. */
export const answerTokens: readonly string[] = 'Yes No A B C D True False'
  .split(' ')
  .flatMap((answer) => [answer, ` ${answer}`]);

const byteToken = (byte: number): string => `bytes:\\x${byte.toString(16).padStart(2, '0')}`;

/** The 256 bytes: as they are where they are a character, else as servers write them. */
export const byteTokens: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte < 128 ? String.fromCharCode(byte) : byteToken(byte),
).filter((token) => !wordTokens.includes(token) && !answerTokens.includes(token));

export const endToken = '<|end|>';

const whole = new Set([...wordTokens, ...answerTokens]);
const controls = /<\|\w+\|>/;
const pieces = new RegExp(
  `${controls.source}|\\?\\n"|\\."|\\n\\n| ?\\p{L}+| ?\\p{N}| ?[^\\s\\p{L}\\p{N}]|\\s`,
  'gu',
);

/** Splits a text into tokens, a character outside of the words into its bytes. */
export function tokensOf(text: string): string[] {
  return (text.match(pieces) ?? []).flatMap((piece) => {
    if (whole.has(piece) || controls.test(piece)) return [piece];
    return [...Buffer.from(piece)].map((byte) =>
      byte < 128 ? String.fromCharCode(byte) : byteToken(byte),
    );
  });
}

const escaped = /^bytes:((?:\\x[0-9a-f]{2})+)$/;

/** The bytes that a token stands for. */
export function bytesOf(token: string): Buffer {
  const hex = escaped.exec(token)?.[1];
  return hex === undefined ? Buffer.from(token) : Buffer.from(hex.replaceAll('\\x', ''), 'hex');
}

/** The text that tokens spell. */
export const textOf = (tokens: readonly string[]): string =>
  Buffer.concat(tokens.filter((token) => token !== endToken).map(bytesOf)).toString();
