import { setTimeout as wait } from 'node:timers/promises';
import type { Seed } from '#statistics/random.js';
import { Browser, type Patience, SiteFailure } from './browser.js';
import { type Habits, react, type Reaction } from './habits.js';
import { readPage, type ShownPage } from './page.js';
import type { TruthTable } from './truth.js';

/** What one simulated rater has done. */
export interface RaterTally {
  readonly number: number;
  judgments: number;
  /**
   * Judgments with a label whose example the truth table knows, and how many of them chose the true
   * choice.
   */
  compared: number;
  right: number;
  /** Judgments whose example the truth table does not know: guesses. */
  unknown: number;
  skipped: number;
  flagged: number;
  repeatedRequests: number;
  /** Why the rater stopped: a reason of the rating pages, or `enough`. */
  ended: string;
}

/** What the raters of one simulation share. */
export interface Crew {
  readonly table: TruthTable;
  readonly address: string;
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience | undefined;
  /** True while another judgment is wanted; says so once for each. */
  takeTurn(): boolean;
  /** Gives a turn back that came to nothing. */
  returnTurn(): void;
  /** Raters who hold an example now: what a waiting one waits for. */
  readonly atWork: Set<number>;
  /** Bounds how many raters are served at the same time; they take turns. */
  readonly inTurn: <T>(work: () => Promise<T>) => Promise<T>;
  judged(): void;
}

export interface RaterToSimulate {
  readonly number: number;
  /** Path of the personal link, or of the study's open link. */
  readonly link: string;
  readonly habits: Habits;
  readonly seed: Seed;
}

type ItemPage = Extract<ShownPage, { kind: 'item' }>;

const lookAgainAfter = 100;
const looksInVain = 3;

/**
 * Opens the link, agrees on the consent page if there is one, and reads the guidelines, as
 * everybody has to.
 */
async function enter(browser: Browser, link: string): Promise<void> {
  const first = await browser.open(link);
  if (first.status >= 400)
    throw new SiteFailure(
      `The link of a simulated rater was answered with ${first.status}: ${headingOf(readPage(first.html))}`,
    );
  const page = readPage(first.html);
  if (page.kind === 'form' && page.options.some((option) => option.name === 'agree')) {
    await browser.open('/consent', { ...page.hidden, agree: 'yes', pledge: 'yes' });
    await browser.open('/guidelines');
  }
}

const pauseFor = (milliseconds: number, crew: Crew): Promise<void> =>
  wait(milliseconds, undefined, crew.signal === undefined ? {} : { signal: crew.signal });

const headingOf = (page: ShownPage): string => ('heading' in page ? page.heading : '');

/** Fills in the page behind “skip” or “flag” with its first option. */
async function sendAside(browser: Browser, path: string): Promise<ShownPage> {
  const page = readPage((await browser.open(path)).html);
  const option = page.kind === 'form' ? page.options[0] : undefined;
  if (page.kind !== 'form' || option === undefined)
    return readPage((await browser.open('/rate')).html);
  return readPage(
    (
      await browser.open(path, {
        ...page.hidden,
        [option.name]: option.value,
        comment: 'Simulated',
      })
    ).html,
  );
}

/** Sends what a rater does with one example; gives the page that follows. */
async function sendReaction(
  browser: Browser,
  page: ItemPage,
  reaction: Reaction,
  crew: Crew,
  tally: RaterTally,
): Promise<ShownPage> {
  if (reaction.flag) {
    await sendAside(browser, `/rate/${page.assignment}/flag`);
    tally.flagged += 1;
  }
  if (reaction.skip) {
    crew.returnTurn();
    tally.skipped += 1;
    return sendAside(browser, `/rate/${page.assignment}/skip`);
  }
  const sent = await browser.open('/rate', { ...page.hidden, ...reaction.fields });
  if (sent.status === 409) {
    crew.returnTurn();
    return readPage((await browser.open('/rate')).html);
  }
  const next = readPage(sent.html);
  if (sent.status >= 400)
    throw new SiteFailure(
      `An answer was refused with ${sent.status}: ${headingOf(next) || 'something in the form is still open'}`,
    );
  tally.judgments += 1;
  if (!reaction.known) tally.unknown += 1;
  if (reaction.right !== undefined) tally.compared += 1;
  if (reaction.right === true) tally.right += 1;
  crew.judged();
  return next;
}

/**
 * One rater from the link to “nothing left”: consent, guidelines, then example after example. Where
 * others hold what is left, looks again while any of the crew is at work.
 */
export async function simulateRater(rater: RaterToSimulate, crew: Crew): Promise<RaterTally> {
  const browser = new Browser(crew.address, { signal: crew.signal, patience: crew.patience });
  const tally: RaterTally = {
    number: rater.number,
    judgments: 0,
    compared: 0,
    right: 0,
    unknown: 0,
    skipped: 0,
    flagged: 0,
    repeatedRequests: 0,
    ended: '',
  };
  try {
    await crew.inTurn(() => enter(browser, rater.link));
    let page = readPage((await crew.inTurn(() => browser.open('/rate'))).html);
    let vain = 0;
    while (tally.ended === '') {
      crew.signal?.throwIfAborted();
      if (page.kind === 'item') {
        vain = 0;
        if (!crew.takeTurn()) {
          await browser.open('/rate/leave', { csrf: page.csrf });
          tally.ended = 'enough';
          break;
        }
        crew.atWork.add(rater.number);
        const shown = page;
        const reaction = react(shown, {
          table: crew.table,
          habits: rater.habits,
          seed: rater.seed,
        });
        if (reaction.pause > 0) await pauseFor(reaction.pause, crew);
        page = await crew.inTurn(() => sendReaction(browser, shown, reaction, crew, tally));
      } else if (page.kind === 'nothing') {
        crew.atWork.delete(rater.number);
        if (page.reason !== 'held-by-others' || vain >= looksInVain) tally.ended = page.reason;
        else {
          if (crew.atWork.size === 0) vain += 1;
          await pauseFor(lookAgainAfter, crew);
          page = readPage((await crew.inTurn(() => browser.open('/rate'))).html);
        }
      } else
        throw new SiteFailure(`A simulated rater does not know the page “${headingOf(page)}”.`);
    }
  } finally {
    crew.atWork.delete(rater.number);
    tally.repeatedRequests = browser.repeated;
  }
  return tally;
}
