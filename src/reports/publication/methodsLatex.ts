import { typeOf } from '#studies/questions/types.js';
import { plural, time } from '#web/format.js';
import { stampOf } from '../model/provisional.js';
import type { ReportModel } from '../model/schema/report.js';
import { citations, citedStretches } from './citations.js';
import { descriptionsRead } from './datasetFacts.js';
import { engineNote, escapeLatex } from './latex.js';

/** More behaviours than this are not quoted one by one in a paragraph. */
const mostBehavioursQuoted = 4;

/**
 * What stood on the rater's screen as the ends of a scale; scales are part of a question's wording.
 */
function scaleSentence(model: ReportModel): string | null {
  const scales = (model.study.forms[0]?.form.questions ?? []).flatMap((question) => {
    const ends = typeOf(question).ends(question);
    return ends === null
      ? []
      : [
          `“${question.wording}” from ${ends.from} (“${ends.lowest}”) to ${ends.to} (“${ends.highest}”)`,
        ];
  });
  return scales.length === 0 ? null : `Scales ran: ${scales.join('; ')}.`;
}

function behaviourSentence(model: ReportModel): string | null {
  const texts = descriptionsRead(model);
  if (texts.size === 0 || texts.size > mostBehavioursQuoted) return null;
  return `Raters read of the behaviour: ${Array.from(texts, ([name, text]) => `${name}: “${text}”`).join('; ')}.`;
}

/** The registered plan, and what was done otherwise. */
function planSentences({ study }: ReportModel): string[] {
  if (study.registration === null) return [];
  const kept =
    study.deviations.length === 0
      ? 'Nothing was done otherwise.'
      : `Done otherwise: ${study.deviations.join(' ')}`;
  return [
    `A plan was registered on ${time(study.registration.registeredAt)}, before the study opened (SHA-256 ${study.registration.sha256}). ${kept}`,
  ];
}

/**
 * The sentences of the paragraph: those of the report's own methods, and what a paper needs beside
 * them.
 */
export function methodsSentences(model: ReportModel): string[] {
  const { totals, software } = model;
  const warnings = [
    ...(totals.simulated > 0
      ? [
          `${plural(totals.simulated, 'judgment')} of those counted came from simulated raters, not from people.`,
        ]
      : []),
    stampOf(model, model),
  ];
  return [
    ...warnings,
    ...model.methods,
    ...planSentences(model),
    behaviourSentence(model),
    scaleSentence(model),
    `Numbers were computed with ${software.name} ${software.version} on ${time(model.computedAt)}; the fingerprint of the data is ${model.fingerprint.slice(0, 16)}.`,
  ]
    .filter((sentence) => sentence !== null)
    .filter((sentence) => sentence !== '');
}

/** What a methods section needs and the platform does not record; the writer fills it in. */
const missing = [
  'how raters were recruited, and who they are',
  'training and qualification',
  'pay: rate and achieved median per hour',
  'consent, ethics approval, content warning',
  'where the raw judgments and the report can be downloaded',
  'the licence of the data',
];

/**
 * The methods of a study as one LaTeX paragraph with citations, from the same sentences as the
 * report's own methods.
 */
export function methodsLatex(model: ReportModel): string {
  const cited = new Set<string>();
  const sentences = methodsSentences(model).map((sentence) =>
    citedStretches(sentence, cited)
      .map(({ text, key }) => {
        if (key === null) return escapeStretch(text);
        cited.add(key);
        return `${escapeStretch(text)}~\\cite{${key}}`;
      })
      .join(''),
  );
  const body = `\\paragraph{Human validation.}\n${sentences.join('\n')}\n`;
  return `${engineNote(body)}% Methods of a study validated with ${model.software.name}. The keys stand in references.bib.\n${body}${missing.map((what) => `% Fill in: ${what}.\n`).join('')}`;
}

/** Escapes a stretch and keeps the spaces at its ends, by which it joins the next. */
function escapeStretch(text: string): string {
  const [before, after] = [/^\s/.test(text) ? ' ' : '', /\s$/.test(text) ? ' ' : ''];
  return text.trim() === '' ? before : `${before}${escapeLatex(text)}${after}`;
}

/** BibTeX entries of the works that the methods of this study cite, by key. */
export function references(model: ReportModel): string {
  const keys = new Set(
    methodsSentences(model).flatMap((sentence) =>
      citedStretches(sentence).flatMap(({ key }) => (key === null ? [] : [key])),
    ),
  );
  return citations
    .filter(({ key }) => keys.has(key))
    .toSorted((left, right) => left.key.localeCompare(right.key))
    .map(({ bibtex }) => `${bibtex}\n`)
    .join('\n');
}
