import fc from 'fast-check';

/** Texts that break forms when they are not escaped, mixed at random. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom('\\', '{', '}', '$', '&', '#', '_', '%', '~', '^', '<', '>', '|', '"', "'", '`', '[', ']', '*', '-', ',', '=', '+', '!', ':', '\n', '\r\n', '\n\n', '\t', '\u2028', '\u0000', '\u202e', '\u200b', '\ud800', '“', '”', '’', '×', '−', '…', 'é', '漢', '😀'),
      fc.constantFrom('\\end{tabular}', '\\input{/etc/passwd}', '\\\\', '%\n', '| a | b |', '\n| --- |', '```', '<script>alert(1)</script>', '<!--', '-->', '&lt;', '[a](javascript:x)', '![a](b)', '\n# Title', '\n---\n', '---', '===', '1. one', '- one', '> quote', '": "', '"}', '=HYPERLINK("x")', '@sum', '\n...\n', 'https://example.org', '<https://example.org>', 'Wilson score interval', "{{x}}", '$$'),
      fc.string({ maxLength: 6, unit: 'binary' }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(''));
