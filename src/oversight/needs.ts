import { count, plural } from '#web/format.js';
import { labelPolarity } from '#statistics/consensus/labelPolarity.js';
import type { StudyState } from '#storage/tables.js';
import { type RaterProgress, median, type StudyProgress } from './progress.js';

/**
 * A sentence that asks something of the admin (or only tells, where it is calm), with the page to
 * do it.
 */
export interface Need {
  readonly sentence: string;
  readonly calm: boolean;
  readonly link: { readonly href: string; readonly words: string } | null;
}

/**
 * A rater is called fast from this many judgments on, below this share of the others' median time.
 */
const judgmentsToTell = 10;
const fastShare = 0.25;

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

/** Raters who answer in a small part of the time that the others take. */
export function fastRaters(
  raters: readonly RaterProgress[],
): { rater: RaterProgress; others: number }[] {
  const timed = raters.filter(
    (rater) =>
      rater.medianMs !== null && rater.judgments >= judgmentsToTell && rater.state !== 'withdrawn',
  );
  return timed.flatMap((rater) => {
    const others = median(
      timed.filter((other) => other !== rater).map((other) => other.medianMs ?? 0),
    );
    return others !== null && rater.medianMs !== null && rater.medianMs < others * fastShare
      ? [{ rater, others }]
      : [];
  });
}

/**
 * What an admin should know or do about a study that was opened, most pressing first.
 * @param callsToLookAt calls to a platform that may have paid, whose outcome nobody knows
 */
export function needsOf(
  study: { readonly id: string; readonly state: StudyState },
  progress: StudyProgress,
  callsToLookAt = 0,
): Need[] {
  const here = `/studies/${study.id}`;
  const needs: Need[] = [];
  const warn = (sentence: string, link: Need['link'] = null): void =>
    void needs.push({ sentence, calm: false, link });
  const tell = (sentence: string, link: Need['link'] = null): void =>
    void needs.push({ sentence, calm: true, link });
  if (callsToLookAt > 0)
    warn(
      `${plural(callsToLookAt, 'call')} to the platform may have paid, and the answer was lost. Nothing sends ${callsToLookAt === 1 ? 'it' : 'them'} again: look there what became of ${callsToLookAt === 1 ? 'it' : 'them'}, and say so here.`,
      { href: `${here}/prolific`, words: 'To the calls' },
    );
  const missing = progress.wanted - progress.judgments;
  const joined = progress.raters.filter((rater) => rater.state !== 'invited');
  if (progress.wanted > 0 && missing === 0 && study.state !== 'closed')
    tell('Every judgment is in. The study can be closed.', {
      href: `${here}/report`,
      words: 'Read the report',
    });
  for (const dataset of progress.datasets) {
    if (dataset.part === 'dropped') continue;
    const { upheld, overruled, labelled: complete, withLabel: labelled } = dataset;
    const polarity = labelPolarity({ upheld, overruled, complete, labelled });
    if (polarity.kind !== 'reversed') continue;
    const name = `${dataset.behaviour} (${dataset.source === 'human' ? 'human-written' : 'generated'})`;
    const sentence = `The labels of ${name} look reversed: raters overruled ${count(overruled)} of the ${count(polarity.decided)} on which they had a majority.`;
    warn(sentence, { href: `/datasets/${dataset.id}`, words: 'Look at the dataset' });
  }
  if (study.state === 'open' && joined.length === 0)
    warn('Nobody has joined yet. Pass the link on, or make personal ones.', {
      href: `${here}#links`,
      words: 'To the links',
    });
  if (
    study.state === 'open' &&
    missing > 0 &&
    joined.length > 0 &&
    joined.every((rater) => rater.state !== 'consented')
  ) {
    warn(
      `Everybody who joined is done, and ${plural(missing, 'judgment is', 'judgments are')} missing: more raters are needed.`,
      { href: `${here}#links`, words: 'Invite more' },
    );
  }
  if (study.state === 'paused') tell('The study is paused: raters get nothing new.');
  for (const { rater, others } of fastRaters(progress.raters)) {
    if (!rater.excluded)
      warn(
        `Rater ${rater.pseudonym} answers in ${seconds(rater.medianMs ?? 0)} (median of the others ${seconds(others)}).`,
        { href: `${here}/raters/${rater.id}`, words: 'See the evidence' },
      );
  }
  if (progress.skippedByAll > 0)
    warn(
      `${plural(progress.skippedByAll, 'example was', 'examples were')} skipped by everybody who met ${progress.skippedByAll === 1 ? 'it' : 'them'}.`,
      { href: `${here}/examples?show=skipped`, words: 'Read them' },
    );
  const unclear = progress.datasets.reduce((sum, dataset) => sum + dataset.unclearToAll, 0);
  if (unclear > 0)
    warn(
      `${plural(unclear, 'example was', 'examples were')} unclear to every rater: the guidelines may not say which answer fits.`,
      { href: `${here}/examples?show=unclear`, words: 'Read them' },
    );
  if (progress.flags > 0)
    warn(`Raters flagged ${plural(progress.flags, 'example')}.`, {
      href: `${here}/examples?show=flagged`,
      words: 'Look at them',
    });
  if (progress.comments > 0)
    tell(`Raters left ${plural(progress.comments, 'comment')}.`, {
      href: `${here}/examples?show=commented`,
      words: 'Read them',
    });
  return needs;
}
