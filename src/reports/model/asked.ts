import { checksSpreadOver } from '#studies/settings.js';
import { count, plural } from '#web/format.js';
import type { AskedLine, Line } from '../asked/lines.js';
import type { StudyData } from '../input/data.js';
import { ofExcluded } from './words.js';

/** What the judgments and the plan say of a line; it is all that the line asks. */
type Sentences = Partial<Record<Line, readonly string[]>>;

function checksOf({ study: { settings } }: StudyData): string[] {
  const { blockItems, goldItems } = settings;
  const over = `spread over the first ${plural(checksSpreadOver(settings), 'judgment')}`;
  const found = [
    ...(blockItems === 0
      ? []
      : [`Every rater judged the same ${plural(blockItems, 'example')}, unmarked, ${over}.`]),
    ...(goldItems === 0
      ? []
      : [
          `Every rater judged up to ${plural(goldItems, 'example')} whose answer is known, unmarked, ${over}.`,
        ]),
  ];
  return found.length > 0
    ? [...found, 'They enter no figure about a dataset.']
    : ['No examples with a known answer, and no examples that every rater judged.'];
}

function exclusionsOf(data: StudyData): string[] {
  const raters = data.raters.filter(({ excluded }) => excluded).length;
  const judgments = data.judgments.filter(({ standing }) => standing === 'excluded').length;
  const rules = data.study.registration?.plan.exclusionRules ?? '';
  return [
    raters === 0
      ? 'No rater was excluded.'
      : `${plural(raters, 'rater')} with ${plural(judgments, 'judgment')} ${raters === 1 ? 'was' : 'were'} excluded; no figure holds ${ofExcluded(raters)}, except where it says so.`,
    ...(rules === '' ? [] : [`Rules as registered: ${rules}`]),
  ];
}

const deviationLine = (data: StudyData, deviations: readonly string[]): readonly string[] =>
  data.study.registration === null
    ? ['No plan was registered before the study opened.']
    : deviations.length === 0
      ? ['None: the study was run as registered.']
      : deviations;

/**
 * “What a reviewer asks”: each line with what is known and what staff wrote, or open. Null for data
 * of earlier formats.
 * @param deviations as `deviationsOf` finds them
 */
export function askedSection(data: StudyData, deviations: readonly string[]): AskedLine[] | null {
  if (data.asked === null) return null;
  const own: Sentences = {
    checks: checksOf(data),
    exclusions: exclusionsOf(data),
    adjudication: [
      `Nobody decided in the place of raters: every figure rests on their own votes. Where votes tie, no answer has a majority. Up to ${count(data.study.settings.overlap)} raters judged each example.`,
    ],
    deviations: deviationLine(data, deviations),
  };
  return data.asked.map(({ line, known, enough, written }) => ({
    line,
    known: [...(own[line] ?? []), ...known],
    written,
    open: written === '' && !enough && own[line] === undefined,
  }));
}
