import { z } from 'zod';

/**
 * What reviewers of a human evaluation ask, in the order of a paper. After the reviews of 1,603 and
 * 284 papers that counted what is left out (arXiv 2606.02255 and 2606.07936): training, language,
 * pay, demographics, adjudication, agreement.
 */
export const lines = {
  recruitment: {
    title: 'Recruitment',
    asks: 'How raters were found, on which platform, and when.',
  },
  eligibility: {
    title: 'Eligibility',
    asks: 'Who could take part, and who was left out before they began.',
  },
  language: {
    title: 'Language',
    asks: 'In which language raters read and answered, and how well they know it.',
  },
  demographics: {
    title: 'Who they were',
    asks: 'Country, age, gender, expertise, as far as raters said.',
  },
  training: {
    title: 'Training',
    asks: 'What raters read or practised before they began, and who did not pass.',
  },
  pay: { title: 'Pay', asks: 'What raters were paid, and what an hour came to.' },
  ethics: {
    title: 'Ethics and consent',
    asks: 'Which board approved the study, what raters agreed to, how they could leave.',
  },
  checks: { title: 'Checks', asks: 'How it was checked that raters read and tried.' },
  exclusions: { title: 'Exclusions', asks: 'Whose answers were left out, and by which rule.' },
  ai: {
    title: 'Use of AI',
    asks: 'Whether raters could use a language model, and how anybody knows.',
  },
  adjudication: {
    title: 'Adjudication',
    asks: 'Who decided where raters disagreed.',
  },
  deviations: { title: 'Deviations', asks: 'What was done otherwise than planned.' },
} as const;

export type Line = keyof typeof lines;
export const lineNames = Object.keys(lines) as [Line, ...Line[]];

/** What is known of one line before anybody computes. */
export const LineFacts = z.strictObject({
  line: z.enum(lineNames),
  /** Sentences that the platform knows. */
  known: z.array(z.string()),
  /** Whether they say all that the line asks. */
  enough: z.boolean(),
  /** What staff wrote; empty where nobody did. */
  written: z.string(),
});
export type LineFacts = z.output<typeof LineFacts>;

/** One line as reports show it. */
export const AskedLine = LineFacts.omit({ enough: true }).extend({
  open: z.boolean().describe('Whether something that it asks is not said yet.'),
});
export type AskedLine = z.output<typeof AskedLine>;
