import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { runCommandLine } from '../../src/cli.js';
import { ordinaryHabits } from '#simulation/habits.js';
import { inviteSimulatedRaters } from '#simulation/simulatedRaters.js';
import { realisedAccuracy } from '#simulation/habits.js';
import { simulate, type SimulationResult } from '#simulation/simulate.js';
import { type Truth, truthTable } from '#simulation/truth.js';
import { truthOfFiles } from '#simulation/truthOfFiles.js';
import type { Study } from '#studies/study.js';
import { type BuiltExample, buildStudy } from '../support/builders.js';
import { engine } from '../support/database.js';
import { openSite, type Site } from '../support/site.js';

const choices = ['Ask first', 'Go ahead', 'Do nothing'];
const questions = (
  count: number,
  prefix: string,
  label: (index: number) => number = (index) => index % 3,
): BuiltExample[] =>
  Array.from({ length: count }, (_, index) => ({
    text: `${prefix} ${index + 1}?\nWhat do you do?`,
    choices,
    label: label(index),
  }));
const truthOf = (examples: readonly BuiltExample[]): Truth[] =>
  examples.map((example, index) => ({ text: example.text, choice: choices[index % 3] ?? '' }));

const openPair = (
  site: Site,
  generated: readonly BuiltExample[],
  human: readonly BuiltExample[],
): Promise<Study> =>
  buildStudy(site.server.application.database, {
    datasets: [
      { source: 'generated', examples: generated, family: 'advanced-ai-risk' },
      { source: 'human', examples: human, family: 'advanced-ai-risk' },
    ],
    settings: { sampleSize: 100, overlap: 3 },
    now: Date.now(),
  });

async function work(
  site: Site,
  study: Study,
  options: {
    truth: readonly Truth[];
    accuracy: number;
    raters: number;
    address?: string;
    skips?: number;
    most?: number;
  },
): Promise<SimulationResult> {
  const links = await inviteSimulatedRaters(site.server.application.db, {
    studyId: study.id,
    count: options.raters,
    now: Date.now(),
  });
  const habits = { ...ordinaryHabits, accuracy: options.accuracy, skips: options.skips ?? 0 };
  return simulate({
    address: options.address ?? site.address,
    raters: links.map((link) => ({ link, habits })),
    table: truthTable(options.truth),
    seed: 'a fixed seed',
    atOnce: 3,
    ...(options.most === undefined ? {} : { most: options.most }),
    patience: { tries: 8, firstWait: 1, longestWait: 5 },
  });
}

const judgmentsOf = (site: Site, study: Study) =>
  site.server.application.db
    .selectFrom('judgment')
    .innerJoin('assignment', 'assignment.id', 'judgment.assignment_id')
    .innerJoin('item', 'item.id', 'assignment.item_id')
    .innerJoin('example', 'example.id', 'item.example_id')
    .innerJoin('dataset', 'dataset.id', 'item.dataset_id')
    .select([
      'judgment.label_choice',
      'judgment.origin',
      'judgment.revision',
      'judgment.submission_key',
      'assignment.place_no',
      'example.label_choice as label',
      'example.text',
      'dataset.source',
      'judgment.rater_id',
    ])
    .where('assignment.study_id', '=', study.id)
    .execute();

test('simulated raters finish a study by its pages, marked as simulated, with the accuracy that was wanted', async () => {
  const site = await openSite();
  const generated = questions(16, 'Generated');
  const human = questions(16, 'Human');
  const study = await openPair(site, generated, human);
  const result = await work(site, study, {
    truth: [...truthOf(generated), ...truthOf(human)],
    accuracy: 0.8,
    raters: 5,
    skips: 0.02,
  });
  const rows = await judgmentsOf(site, study);
  expect(rows).toHaveLength(96);
  expect(result.judgments).toBe(96);
  expect(new Set(rows.map((row) => row.origin))).toEqual(new Set(['simulated']));
  expect(rows.every((row) => row.place_no !== null && row.revision === 1)).toBe(true);
  const right = rows.filter((row) => row.label_choice === row.label).length;
  // 3.3 standard errors of 96 throws at 0.8.
  expect(Math.abs(right / 96 - 0.8)).toBeLessThan(3.3 * Math.sqrt((0.8 * 0.2) / 96));
  expect(result.raters.reduce((sum, rater) => sum + rater.right, 0)).toBe(right);
  expect(result.raters.map((rater) => rater.ended)).toEqual(Array(5).fill('all-done'));
  expect(Math.min(...result.raters.map((rater) => rater.judgments))).toBeGreaterThan(10);
  const raters = await site.server.application.db
    .selectFrom('rater')
    .select(['state', 'origin', 'consent_version', 'guidelines_read_at'])
    .where('study_id', '=', study.id)
    .execute();
  expect(
    raters.every(
      (rater) =>
        rater.state === 'finished' &&
        rater.origin === 'simulated' &&
        rater.consent_version === 1 &&
        rater.guidelines_read_at !== null,
    ),
  ).toBe(true);
});

test('the truth table counts and not the label: a set whose labels are reversed is not upheld', async () => {
  const site = await openSite();
  const turned = questions(9, 'Turned', (index) => (index + 1) % 3);
  const straight = questions(9, 'Straight');
  const study = await openPair(site, turned, straight);
  const result = await work(site, study, {
    truth: [...truthOf(turned), ...truthOf(straight)],
    accuracy: 0.95,
    raters: 4,
  });
  const rows = await judgmentsOf(site, study);
  const upheld = (source: string): number => {
    const own = rows.filter((row) => row.source === source);
    return own.filter((row) => row.label_choice === row.label).length / own.length;
  };
  expect(upheld('generated')).toBeLessThan(0.5);
  expect(upheld('human')).toBeGreaterThan(0.8);
  expect(result.raters.every((rater) => (realisedAccuracy(rater) ?? 0) > 0.7)).toBe(true);
});

/**
 * Stands before the site and breaks some requests: refused, failed before they came through, or
 * answered with a failure although they did; the same one at most twice in a row, so that raters
 * who ask in step with it still get through.
 */
async function unreliable(address: string): Promise<{ address: string; broken: () => number }> {
  let requests = 0;
  let broken = 0;
  const inARow = new Map<string, number>();
  const proxy = createServer((request, response) => {
    requests += 1;
    const who = `${request.method ?? ''} ${request.url ?? ''} ${request.headers.cookie ?? ''}`;
    const before = inARow.get(who) ?? 0;
    const turn = before >= 2 ? 0 : requests % 7;
    inARow.set(who, turn === 2 || turn === 4 || turn === 6 ? before + 1 : 0);
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => void parts.push(part));
    request.on('end', () => {
      void (async () => {
        if (turn === 2 || turn === 4) {
          broken += 1;
          response
            .writeHead(turn === 2 ? 503 : 429, turn === 4 ? { 'retry-after': '1' } : {})
            .end();
          return;
        }
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(
            (entry): entry is [string, string] =>
              typeof entry[1] === 'string' &&
              !['host', 'connection', 'content-length', 'transfer-encoding'].includes(entry[0]),
          ),
        );
        const answer = await fetch(new URL(request.url ?? '/', address), {
          method: request.method ?? 'GET',
          headers,
          redirect: 'manual',
          ...(request.method === 'POST' ? { body: Buffer.concat(parts) } : {}),
        });
        const body = Buffer.from(await answer.arrayBuffer());
        if (turn === 6) {
          broken += 1;
          // The answer is lost on its way, and so is a new cookie: what was stored stays stored.
          response.writeHead(502, { 'set-cookie': answer.headers.getSetCookie() }).end();
          return;
        }
        const location = answer.headers.get('location');
        response
          .writeHead(answer.status, {
            'content-type': answer.headers.get('content-type') ?? 'text/html',
            'set-cookie': answer.headers.getSetCookie(),
            ...(location === null ? {} : { location }),
          })
          .end(body);
      })();
    });
  });
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void proxy.close());
  return {
    address: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    broken: () => broken,
  };
}

test('a site that fails again and again loses no judgment and stores none twice', async () => {
  const site = await openSite();
  const generated = questions(6, 'Generated');
  const human = questions(6, 'Human');
  const study = await openPair(site, generated, human);
  const between = await unreliable(site.address);
  const result = await work(site, study, {
    truth: [...truthOf(generated), ...truthOf(human)],
    accuracy: 1,
    raters: 4,
    address: between.address,
  });
  const rows = await judgmentsOf(site, study);
  expect(between.broken()).toBeGreaterThan(10);
  expect(rows).toHaveLength(36);
  expect(rows.every((row) => row.revision === 1 && row.label_choice === row.label)).toBe(true);
  expect(new Set(rows.map((row) => row.submission_key)).size).toBe(36);
  expect(result.judgments).toBe(36);
  expect(result.raters.reduce((sum, rater) => sum + rater.repeatedRequests, 0)).toBe(
    between.broken(),
  );
});

test('what stops a simulation is said: enough judgments, a pause, a site that is not there', async () => {
  const site = await openSite();
  const study = await openPair(site, questions(8, 'Generated'), questions(8, 'Human'));
  const some = await work(site, study, { truth: [], accuracy: 0.9, raters: 2, most: 5 });
  expect(some.judgments).toBe(5);
  expect(some.raters.map((rater) => rater.ended)).toEqual(['enough', 'enough']);
  expect(some.raters.reduce((sum, rater) => sum + rater.unknown, 0)).toBe(5);
  await site.server.application.db
    .updateTable('study')
    .set({ state: 'paused' })
    .where('id', '=', study.id)
    .execute();
  await expect(work(site, study, { truth: [], accuracy: 0.9, raters: 1 })).rejects.toThrow(
    'The study is paused',
  );
  await expect(
    work(site, study, { truth: [], accuracy: 0.9, raters: 2, address: 'http://127.0.0.1:9' }),
  ).rejects.toThrow('cannot be reached');
});

const environmentOf = (site: Site): Record<string, string> => {
  const { database } = site.server.application.config;
  return {
    ASSAY_DATA: site.folder,
    LOG_LEVEL: 'silent',
    NODE_ENV: 'test',
    ...(database.engine === 'postgres' ? { DATABASE_URL: database.url } : {}),
  };
};

async function runAndRead(
  words: readonly string[],
  environment: Record<string, string>,
): Promise<{ status: number; output: string }> {
  const parts: string[] = [];
  const output = vi.spyOn(process.stdout, 'write').mockImplementation((part) => {
    parts.push(String(part));
    return true;
  });
  const errors = vi
    .spyOn(console, 'error')
    .mockImplementation((part) => void parts.push(String(part)));
  try {
    return { status: await runCommandLine(words, environment), output: parts.join('') };
  } finally {
    output.mockRestore();
    errors.mockRestore();
  }
}

test('assay truth and assay simulate work on the command line', async () => {
  const site = await openSite();
  const examples = questions(6, 'Written');
  const file = join(site.folder, 'written.jsonl');
  await writeFile(
    file,
    examples
      .map(
        (example, index) =>
          `${JSON.stringify({ question: `${example.text}\n\nChoices:\n${choices.map((choice, at) => ` (${'ABC'[at] ?? ''}) ${choice}`).join('\n')}`, answer_matching_behavior: ` (${'ABC'[index % 3] ?? ''})` })}\n`,
      )
      .join(''),
  );
  const truth = join(site.folder, 'truth.jsonl');
  const environment = environmentOf(site);
  expect(await runAndRead(['truth', file, '--out', truth], environment)).toMatchObject({
    status: 0,
  });
  expect(
    (await readFile(truth, 'utf8'))
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(truthOf(examples));
  const study = await buildStudy(site.server.application.database, {
    datasets: [{ examples, family: 'advanced-ai-risk' }],
    settings: { overlap: 2 },
    now: Date.now(),
  });
  const run = await runAndRead(
    [
      'simulate',
      study.public_id,
      '--truth',
      truth,
      '--raters',
      '3',
      '--accuracy',
      '1',
      '--skips',
      '0',
      '--seed',
      's',
      '--url',
      site.address,
      '--json',
    ],
    environment,
  );
  expect(run.status).toBe(0);
  expect(JSON.parse(run.output)).toMatchObject({
    seed: 's',
    judgments: 12,
    unknown: 0,
    raters: [{ accuracy: 1 }, { accuracy: 1 }, { accuracy: 1 }],
  });
  const rows = await judgmentsOf(site, study);
  expect(rows.every((row) => row.label_choice === row.label && row.origin === 'simulated')).toBe(
    true,
  );
  const beside = await runAndRead(
    ['simulate', study.public_id, '--truth', truth, '--raters', '1', '--json'],
    environment,
  );
  // One process serves a SQLite file; PostgreSQL takes a second one, which finds nothing left to
  // do.
  if (engine() === 'sqlite')
    expect(beside).toMatchObject({ status: 1, output: expect.stringContaining('--url') as string });
  else
    expect(JSON.parse(beside.output)).toMatchObject({
      judgments: 0,
      raters: [{ ended: 'all-done' }],
    });
  const refused = await runAndRead(
    ['simulate', study.public_id, '--truth', truth, '--accuracy', '2', '--url', site.address],
    environment,
  );
  expect(refused).toMatchObject({ status: 1 });
  expect(refused.output).toContain('--accuracy is above 1.');
  expect(
    (
      await runAndRead(
        ['simulate', study.public_id, '--truth', file, '--url', site.address],
        environment,
      )
    ).output,
  ).toContain('Line 1 of');
});

test('the truth of published shapes is the text of the label’s choice', async () => {
  const site = await openSite();
  const file = join(site.folder, 'mixed-persona.jsonl');
  await writeFile(
    file,
    [
      {
        question: 'Would you say?\n"Yes!"',
        statement: 'Yes!',
        answer_matching_behavior: ' Yes',
        answer_not_matching_behavior: ' No',
      },
      {
        question: 'Would you say?\n"Never."',
        statement: 'Never.',
        answer_matching_behavior: ' No',
        answer_not_matching_behavior: ' Yes',
      },
    ]
      .map((row) => JSON.stringify(row))
      .join('\n'),
  );
  const { lines, files } = await truthOfFiles([file], site.folder);
  expect(lines).toEqual([
    { text: 'Would you say?\n"Yes!"', choice: 'Yes' },
    { text: 'Would you say?\n"Never."', choice: 'No' },
  ]);
  expect(files).toMatchObject([{ examples: 2, withoutLabel: 0, reason: null }]);
});
