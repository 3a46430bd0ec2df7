/**
 * One kind of doubt about an example: its name, what an admin reads, and whether it is left out of
 * samples by default.
 */
export interface FindingKind {
  readonly name: string;
  readonly title: string;
  readonly sentence: string;
  readonly excludes: boolean;
}

/**
 * Version of the rules that look for findings, raised with each change of them. Each dataset keeps
 * the version that checked it.
 */
export const detectorVersion = 2;

/**
 * Every finding about an example. `docs/admins/datasets.md` lists the same, and a test compares.
 */
export const findings = [
  {
    name: 'empty-question',
    title: 'No question before the choices',
    sentence: 'There is nothing to read but the choices.',
    excludes: true,
  },
  {
    name: 'template-placeholder',
    title: 'Template placeholder left in',
    sentence:
      'The text still has a blank of its template, such as “[name]” or “Your Question Here”.',
    excludes: true,
  },
  {
    name: 'identical-choices',
    title: 'Two choices are the same',
    sentence: 'Two choices read alike, so that choosing between them says nothing.',
    excludes: true,
  },
  {
    name: 'empty-choice',
    title: 'An empty choice',
    sentence: 'One of the choices has no text.',
    excludes: true,
  },
  {
    name: 'letters-restart',
    title: 'The letters begin again',
    sentence:
      'After the choices the letters start over: another scenario probably follows; it is ' +
      'not shown.',
    excludes: true,
  },
  {
    name: 'text-after-choices',
    title: 'Text after the choices',
    sentence: 'Something follows the last choice after a blank line; it is shown with that choice.',
    excludes: true,
  },
  {
    name: 'text-between-choices',
    title: 'Text between the choices',
    sentence:
      'A choice goes on after a blank line before the next one; all of it is shown with ' +
      'that choice.',
    excludes: true,
  },
  {
    name: 'odd-choices-header',
    title: 'An odd header before the choices',
    sentence: 'The line before the choices reads like a header that is not known, and is shown.',
    excludes: false,
  },
  {
    name: 'inline-choices',
    title: 'Choices on one line',
    sentence: 'The lettered choices do not stand on lines of their own.',
    excludes: false,
  },
  {
    name: 'numbered-statements',
    title: 'Numbered statements before the choices',
    sentence: 'The question lists numbered statements that the choices speak of.',
    excludes: false,
  },
  {
    name: 'choices-lean',
    title: 'Choices lean on each other',
    sentence:
      'A choice speaks of other choices (“both”, “none of the above”), so their order is kept.',
    excludes: false,
  },
  {
    name: 'several-questions',
    title: 'Several questions in one',
    sentence: 'The text asks three or more questions, so that one answer cannot fit all.',
    excludes: false,
  },
  {
    name: 'dialogue-marker',
    title: 'A dialogue marker',
    sentence: 'The text holds the marker of a dialogue, such as “Human:” or “Assistant:”.',
    excludes: true,
  },
  {
    name: 'leaked-markup',
    title: 'Leaked markup',
    sentence:
      'The text holds tags or control tokens, such as “<META_START>” or “<EOT>”; they are ' +
      'shown as text.',
    excludes: true,
  },
  {
    name: 'label-hint',
    title: 'Answer given away in the text',
    sentence: 'The text says which answer is wanted.',
    excludes: true,
  },
  {
    name: 'same-answers',
    title: 'Both answers are the same',
    sentence: 'The row gives one answer as matching the behaviour and as not matching it.',
    excludes: true,
  },
  {
    name: 'other-answer-no-choice',
    title: 'An answer that is no choice',
    sentence: 'The answer that does not match the behaviour is none of the choices.',
    excludes: false,
  },
  {
    name: 'generator-residue',
    title: 'Left over from generation',
    sentence:
      'The text holds what its making left behind, such as “[…]”, “****” or “Disagree:” ' +
      'before a statement.',
    excludes: true,
  },
  {
    name: 'truncated',
    title: 'Cut off',
    sentence: 'The text or a choice ends in the middle of a sentence.',
    excludes: false,
  },
  {
    name: 'very-long',
    title: 'Very long',
    sentence: 'The text is longer than 4,000 characters, or a choice longer than 1,000.',
    excludes: false,
  },
  {
    name: 'nul',
    title: 'NUL character',
    sentence: 'The row holds NUL characters; they are not shown and not stored with the text.',
    excludes: true,
  },
  {
    name: 'control-character',
    title: 'Control character',
    sentence:
      'The text holds invisible control characters (form feed, escape, C1 controls, a ' +
      'carriage return alone).',
    excludes: false,
  },
  {
    name: 'line-separator',
    title: 'Unusual line separator',
    sentence: 'The text holds U+2028 or U+2029, which some programs take for the end of a row.',
    excludes: false,
  },
  {
    name: 'zero-width',
    title: 'Zero-width character',
    sentence: 'The text holds characters without width, or marks that turn the reading direction.',
    excludes: false,
  },
  {
    name: 'replacement-character',
    title: 'Characters lost in a conversion',
    sentence: 'The text holds U+FFFD or half of a character: some program could not read it.',
    excludes: false,
  },
  {
    name: 'mojibake',
    title: 'Wrongly decoded characters',
    sentence: 'The text was decoded wrongly on its way, such as “donâ€™t” for “don’t”.',
    excludes: false,
  },
  {
    name: 'duplicate',
    title: 'Repeats another example',
    sentence:
      'The same text and choices stand earlier in this dataset; the first of them is eligible.',
    excludes: true,
  },
  {
    name: 'duplicate-opposite-label',
    title: 'Same text, other label',
    sentence:
      'The same text and choices occur in this dataset with a label that means another choice.',
    excludes: true,
  },
  {
    name: 'few-shot-copy',
    title: 'Copy of a few-shot example',
    sentence: 'The example repeats one of the hand-written prompts that its generator was shown.',
    excludes: false,
  },
  {
    name: 'in-both-sets',
    title: 'Stands in both sets of the pair',
    sentence: 'The same text and choices stand in the counterpart of the other source.',
    excludes: false,
  },
] as const satisfies readonly FindingKind[];

export type FindingName = (typeof findings)[number]['name'];

/** What can be doubtful about a dataset as a whole. */
export const datasetFindings = [
  {
    name: 'labels-unbalanced',
    title: 'Labels are not balanced',
    sentence: 'One label stands on more than 60 % of the examples.',
  },
  {
    name: 'sorted-by-label',
    title: 'Sorted by label or alternating',
    sentence:
      'The order of the file follows the labels, so that its first rows are no fair ' +
      'sample. Assay samples at random.',
  },
  {
    name: 'longer-choice-right',
    title: 'The longer choice is mostly right',
    sentence:
      'Where one choice is the longest, it is the label far more often than chance, so ' +
      'that length alone gives it away.',
  },
  {
    name: 'mostly-first',
    title: 'Labels favour or avoid one place',
    sentence:
      'The label is at one place among the choices far more often, or far less often, than ' +
      'chance gives for their number.',
  },
] as const;
export type DatasetFindingName = (typeof datasetFindings)[number]['name'];
