import type { Seed } from '#statistics/random.js';
import type { Patience } from './browser.js';
import { createGate } from './gate.js';
import type { Habits } from './habits.js';
import type { TruthTable } from './truth.js';
import { type Crew, type RaterTally, simulateRater } from './walk.js';

/** What a simulation is given. It reaches the study by its pages alone. */
export interface Simulation {
  readonly address: string;
  /** One link and one set of habits a rater. */
  readonly raters: readonly { readonly link: string; readonly habits: Habits }[];
  readonly table: TruthTable;
  readonly seed: Seed;
  /** Raters who are served at the same time; all of them are at work, and take turns. */
  readonly atOnce: number;
  /** Stops after so many judgments; absent means when nothing is left. */
  readonly most?: number;
  readonly signal?: AbortSignal;
  readonly patience?: Patience;
  readonly report?: (judgments: number) => void;
}

export interface SimulationResult {
  readonly raters: readonly RaterTally[];
  readonly judgments: number;
  readonly milliseconds: number;
}

/**
 * Lets the raters work through a study side by side until nothing is left for any of them. Throws
 * where the site fails for good or a page is not understood; every answer that was acknowledged
 * stays.
 */
export async function simulate(simulation: Simulation): Promise<SimulationResult> {
  const begun = performance.now();
  let turns = simulation.most ?? Number.POSITIVE_INFINITY;
  let judgments = 0;
  const failed = new AbortController();
  const crew: Crew = {
    table: simulation.table,
    address: simulation.address,
    signal: AbortSignal.any([
      failed.signal,
      ...(simulation.signal === undefined ? [] : [simulation.signal]),
    ]),
    inTurn: createGate(Math.max(1, simulation.atOnce)),
    patience: simulation.patience,
    atWork: new Set(),
    takeTurn() {
      if (turns <= 0) return false;
      turns -= 1;
      return true;
    },
    returnTurn() {
      turns += 1;
    },
    judged() {
      judgments += 1;
      simulation.report?.(judgments);
    },
  };
  const walks = simulation.raters.map((rater, index) =>
    simulateRater(
      {
        number: index + 1,
        link: rater.link,
        habits: rater.habits,
        seed: `${simulation.seed} ${index + 1}`,
      },
      crew,
    ).catch((error: unknown) => {
      // The first failure ends them all: a rater who goes on alone would leave a lopsided study.
      failed.abort(error);
      throw failed.signal.reason;
    }),
  );
  await Promise.allSettled(walks);
  return { raters: await Promise.all(walks), judgments, milliseconds: performance.now() - begun };
}
