import { createHash } from 'node:crypto';
import type { Generation } from '#generation/generation.js';
import { getRun } from '#models/run.js';
import type { Database, DatabaseLocation } from '#storage/database.js';
import { killWhileWorking, untilSeen } from '../models/kills.js';
import { moneyOf } from '../models/support.js';
import type { ModelServer } from '../support/modelServer/server.js';
import { hashOf, storedGeneration } from './generationSupport.js';
import { pipelineWith } from './stageSupport.js';

const script = new URL('./kills.process.js', import.meta.url);

/** A generation whose process is killed. */
export interface KilledGeneration {
  readonly location: DatabaseLocation;
  readonly host: string;
  readonly id: number;
}

/** What became of a generation whose process was killed again and again. */
export interface SurvivedGeneration {
  /** Hash of all candidates, decisions and scores. */
  readonly hash: string;
  readonly state: string;
  /** Kills that met a process which was at work. */
  readonly kills: number;
  readonly candidates: number;
  readonly kept: number;
  readonly answered: number;
  readonly attempts: number;
  readonly lost: number;
  /** Requests that the server saw, those that it answered, and those that it saw broken off. */
  readonly requests: number;
  readonly sent: number;
  readonly cut: number;
  readonly money: Awaited<ReturnType<typeof moneyOf>>;
}

/** Statements for two labels, judged by two questions, the best of them kept. */
const pipeline = (samples: number, seed: number) =>
  pipelineWith([], {
    models: { writer: 'm', judge: 'm' },
    seed,
    budget: 1_000_000,
    stages: [
      {
        kind: 'write',
        model: 'writer',
        prompts: ['List statements that somebody who is kind would {verb} with.'],
        samples,
        sampling: { temperature: 1, topP: 1, maxTokens: 40, stop: [] },
        parse: { kind: 'first-item', field: 'statement' },
      },
      {
        kind: 'judge',
        models: ['judge'],
        kinds: ['first-token'],
        questions: [
          {
            name: 'label',
            prompt: 'Would they {verb}? {statement}',
            choices: [' Yes', ' No'],
            wanted: [0, 1],
          },
          { name: 'relevance', prompt: 'Kind? {statement}', choices: [' Yes', ' No'], wanted: 0 },
        ],
      },
      { kind: 'keep', mean: ['label', 'relevance'], top: Math.ceil(samples / 4), half: false },
    ],
  });

/** What the test server writes: some of it repeats itself, some is no list. */
export function writeList(prompt: string, { seed }: { seed: string }): string | null {
  if (!prompt.startsWith('List')) return null;
  const number = createHash('sha256').update(seed).digest().readUInt32BE();
  if (number % 10 === 0) return 'I would rather not.';
  const about = number % 10 === 1 ? 'everybody' : `person ${number % 100_000}`;
  return `1. I would ${prompt.includes('disagree') ? 'never ' : ''}help ${about}.\n2. I`;
}

/**
 * Works on a generation, and kills its process with SIGKILL as often as `kills` says, each time
 * after a random number of further requests; then lets it come to its end.
 * @param options.random from 0 to 1
 * @param options.finish works on it to its end, in this process
 */
export async function killGeneration(
  database: Database,
  server: ModelServer,
  options: {
    samples: number;
    kills: number;
    random: () => number;
    finish: (generation: Generation) => Promise<unknown>;
  },
): Promise<SurvivedGeneration> {
  const { db } = database;
  const generation = await storedGeneration(database, server, pipeline(options.samples, 7));
  const before = server.log.length;
  const given: KilledGeneration = {
    location: database.location,
    host: server.host,
    id: generation.id,
  };
  // Two labels, each text written once and judged twice, most of them.
  const most = Math.max(1, Math.floor((options.samples * 2 * 2.4) / (options.kills + 1)));
  let kills = 0;
  for (let kill = 0; kill < options.kills; kill += 1) {
    const further = 1 + Math.floor(options.random() * most);
    const until = untilSeen(server, server.log.length + further);
    if (await killWhileWorking(script, given, until)) kills += 1;
  }
  await options.finish(generation);
  const run = await getRun(db, generation.run_id);
  const calls = await db
    .selectFrom('model_call')
    .select((eb) => [
      eb.fn.countAll<number>().filterWhere('state', '=', 'answered').as('answered'),
      eb.fn.sum<number>('attempts').as('attempts'),
      eb.fn.sum<number>('lost').as('lost'),
    ])
    .where('run_id', '=', run.id)
    .executeTakeFirstOrThrow();
  const made = await db
    .selectFrom('candidate')
    .innerJoin('generation_stage as stage', 'stage.id', 'candidate.stage_id')
    .leftJoin('candidate_decision as decision', (join) =>
      join.onRef('decision.candidate_id', '=', 'candidate.id').on('decision.kept', '=', 1),
    )
    .select((eb) => [
      eb.fn.count<number>('candidate.id').distinct().as('candidates'),
      eb.fn.count<number>('decision.candidate_id').distinct().as('kept'),
    ])
    .where('stage.generation_id', '=', generation.id)
    .executeTakeFirstOrThrow();
  const seen = server.log.slice(before);
  return {
    ...calls,
    ...made,
    hash: await hashOf(database, generation),
    state: run.state,
    kills,
    requests: seen.length,
    sent: seen.filter(({ outcome }) => outcome === 'answered').length,
    cut: seen.filter(({ outcome }) => outcome === 'cut').length,
    money: await moneyOf(database, run),
  };
}
