import fc from 'fast-check';
import { expect, test } from 'vitest';
import { joined } from '#models/joined.js';

const utf8 = new TextEncoder();

/** Any text, with characters of one to four bytes. */
const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom(' ', '\n', 'a', 'é', '語', '👩', ':', '\u0301'),
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 12,
});

const cutsIn = (length: number): fc.Arbitrary<number[]> =>
  length < 2
    ? fc.constant([])
    : fc
        .uniqueArray(fc.integer({ min: 1, max: length - 1 }), { maxLength: length })
        .map((cuts) => cuts.toSorted((one, other) => one - other));

const pieces = (bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] =>
  [0, ...cuts].map((from, index) => bytes.subarray(from, cuts[index] ?? bytes.length));

const isWhole = (bytes: Uint8Array): boolean => {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
};

/** A piece as OpenAI lists it: its text, or its bytes where it is none. */
const asBytes = (bytes: Uint8Array): string =>
  isWhole(bytes)
    ? new TextDecoder().decode(bytes)
    : `bytes:${[...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')}`;

/** A piece as vLLM lists it: parts of characters become U+FFFD. */
const asReplaced = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);

interface Tokens {
  readonly prompt: string;
  readonly reply: string;
  readonly before: Uint8Array[];
  readonly behind: Uint8Array[];
}

const tokenised: fc.Arbitrary<Tokens> = fc
  .tuple(
    text,
    text.filter((reply) => reply.length > 0),
  )
  .chain(([prompt, reply]) => {
    const [first, second] = [utf8.encode(prompt), utf8.encode(reply)];
    return fc.tuple(cutsIn(first.length), cutsIn(second.length)).map(([before, behind]) => ({
      prompt,
      reply,
      before: first.length === 0 ? [] : pieces(first, before),
      behind: pieces(second, behind),
    }));
  });

test('finds the first token of a reply, whatever the tokens are and whatever begins the text', () => {
  fc.assert(
    fc.property(tokenised, fc.constantFrom([], ['<s>'], ['<s>', '\n']), (made, start) => {
      const tokens = [...start, ...[...made.before, ...made.behind].map(asBytes)];
      expect(joined({ ...made, tokens })).toEqual({
        kind: 'found',
        from: start.length + made.before.length,
      });
    }),
    { numRuns: 200 },
  );
});

test('where bytes are hidden, the first token is found or said not to be clear, never wrong', () => {
  let found = 0;
  fc.assert(
    fc.property(tokenised, (made) => {
      fc.pre(!`${made.prompt}${made.reply}`.includes('\uFFFD'));
      const tokens = [...made.before, ...made.behind].map(asReplaced);
      const outcome = joined({ ...made, tokens });
      if (outcome.kind === 'found') {
        found += 1;
        expect(outcome.from).toBe(made.before.length);
      } else expect(outcome).toEqual({ kind: 'unclear' });
    }),
    { numRuns: 100 },
  );
  expect(found).toBeGreaterThan(60);
});

test('one token over the end of the prompt and the beginning of the reply is told', () => {
  fc.assert(
    fc.property(
      tokenised.filter(({ before }) => before.length > 0),
      (made) => {
        const over = Buffer.concat([
          made.before.at(-1) ?? expect.fail(),
          made.behind[0] ?? expect.fail(),
        ]);
        const tokens = [...made.before.slice(0, -1), over, ...made.behind.slice(1)].map(asBytes);
        expect(joined({ ...made, tokens })).toEqual({ kind: 'spans' });
      },
    ),
    { numRuns: 100 },
  );
});

test('tokens of another text are told', () => {
  expect(joined({ prompt: 'Say:', reply: ' yes', tokens: ['Say', ':', ' no'] })).toEqual({
    kind: 'other',
  });
  expect(joined({ prompt: 'Say:', reply: ' yes', tokens: [] })).toEqual({ kind: 'other' });
  expect(joined({ prompt: 'Say:', reply: ' yes', tokens: ['yes'] })).toEqual({ kind: 'other' });
});

test('a character whose parts are listed as nothing has to begin behind the reply’s first token', () => {
  const prompt = 'Say:';
  expect(joined({ prompt, reply: 'é!', tokens: ['Say', ':', '', 'é', '!'] })).toEqual({
    kind: 'unclear',
  });
  expect(joined({ prompt, reply: ' é!', tokens: ['Say', ':', ' ', '', 'é', '!'] })).toEqual({
    kind: 'found',
    from: 2,
  });
});

test('the same characters at the end of the prompt do not move the beginning', () => {
  const tokens = ['é', 'bytes:\\xc3', 'bytes:\\xa9', '\uFFFD', '\uFFFD', '!'];
  expect(joined({ prompt: 'éé', reply: 'é!', tokens })).toEqual({ kind: 'found', from: 3 });
});
