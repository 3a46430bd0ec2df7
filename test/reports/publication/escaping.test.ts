import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { expect, test } from 'vitest';
import { escapeLatex } from '#reports/publication/latex.js';
import { escapeMarkdown } from '#reports/publication/markdown.js';
import { oneLine } from '#reports/publication/plainText.js';
import { hostileText } from './hostile.js';
import { latexFaults, unescapeLatex } from './latexReader.js';

const textCommands = new Set([
  'textbackslash',
  'textasciitilde',
  'textasciicircum',
  'textless',
  'textgreater',
  'textbar',
  'textasciigrave',
  'symbol',
  'ldots',
  'times',
  'geq',
  'leq',
  '{',
  '}',
  '$',
  '&',
  '#',
  '_',
  '%',
]);
const specials = /[“”‘’–—…×≥≤−\u00a0]/g;

test('any text becomes LaTeX that holds nothing but text', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const latex = escapeLatex(text);
      expect(latexFaults(latex, textCommands)).toEqual([]);
      expect(latex).not.toMatch(/\n|(?<!\\)[&%]|(?<![{])[[*]/);
      expect(escapeLatex(text.replaceAll(specials, ''))).not.toMatch(/--|''|``|,,/);
    }),
    { examples: [['a'], ['it\'s 50% of $3 & more_or_less {x} ~^ \\ "q"']] },
  );
});

test('escaped LaTeX prints the text again', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const plain = oneLine(text.replaceAll(specials, ''));
      expect(unescapeLatex(escapeLatex(plain))).toBe(plain);
    }),
  );
});

test('escapes LaTeX by hand-made examples', () => {
  expect(escapeLatex('50 % of {a_b} & c#1')).toBe(String.raw`50 \% of \{a\_b\} \& c\#1`);
  expect(escapeLatex('“x” − y')).toBe("``x'' $-$ y");
  expect(escapeLatex("--- ''")).toBe("-{}-{}- '{}'");
  expect(escapeLatex('[a]*')).toBe('{[}a{]}{*}');
});

test('any text becomes Markdown that shows that text', () => {
  const reader = new MarkdownIt({ html: true });
  fc.assert(
    fc.property(hostileText, (text) => {
      const plain = oneLine(text);
      fc.pre(plain !== '');
      const [open, inline, close, ...rest] = reader.parse(escapeMarkdown(text), {});
      expect([open?.type, inline?.type, close?.type, rest.length]).toEqual([
        'paragraph_open',
        'inline',
        'paragraph_close',
        0,
      ]);
      expect(
        inline?.children?.every((child) => child.type === 'text' || child.type === 'text_special'),
      ).toBe(true);
      expect(inline?.children?.map((child) => child.content).join('')).toBe(plain);
    }),
  );
});
