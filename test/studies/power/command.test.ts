import { expect, test } from 'vitest';
import { commands } from '#studies/commands.js';
import { PowerAnswer } from '#studies/power/schema.js';
import { buildStudy, plainExamples } from '../../support/builders.js';
import { commandRunner } from '../../support/commands.js';
import { testDatabase } from '../../support/database.js';

test('power without a study: a pair unless told, everything from the options', async () => {
  const run = commandRunner(await testDatabase(), commands);
  const ran = await run('power', [], {
    rate: '.95',
    overlap: '3',
    raters: '10',
    margin: '.05',
    relevanceMargin: '.3',
    runs: '100',
  });
  expect(ran.status).toBe(0);
  const answer = PowerAnswer.parse(ran.answer);
  expect(answer).toMatchObject({ pair: true, available: null, examples: 100 });
  const [first = ''] = ran.said.split('\n');
  expect(first).toBe(
    `About ${answer.goals[0]?.smallest.find(({ overlap }) => overlap === 3)?.examples} examples of each kind with 3 judgments each show with 80 % probability that the generated set is not worse by more than 5 points of label agreement, if both sets are alike; with the 100 you have now it is ${((answer.rows.find(({ overlap, examples }) => overlap === 3 && examples === 100)?.not_worse?.value ?? 0) * 100).toFixed(0)} %.`,
  );
  expect(ran.said).toMatch(/^ {2}k +examples +judgments +upheld/m);
  expect(ran.said).toMatch(/From 100 simulated studies of each size \(seed 1\)/);
  const one = await run('power', [], { sets: '1', halfWidth: '.03', seed: 'another', runs: '100' });
  expect(PowerAnswer.parse(one.answer)).toMatchObject({
    pair: false,
    seed: 'another',
    outcomes: [],
    goals: [
      { name: 'half-width', wanted: 0.03 },
      { name: 'threshold' },
      { name: 'relevance-half-width' },
    ],
  });
  expect(one.said).toContain('within ± 3 points');
});

test('power of a study takes its design; wrong options are refused by name', async () => {
  const database = await testDatabase();
  const run = commandRunner(database, commands);
  const study = await buildStudy(database, {
    datasets: [{ examples: plainExamples(30) }],
    settings: { sampleSize: 25, overlap: 2 },
    open: false,
  });
  const { answer } = await run('power', [study.public_id], { runs: '100' });
  expect(PowerAnswer.parse(answer)).toMatchObject({
    pair: false,
    examples: 25,
    available: 30,
    overlap: 2,
  });
  await expect(run('power', ['nothing'])).rejects.toMatchObject({ code: 'not_found' });
  await expect(run('power', [], { rate: '2', raters: 'x' })).rejects.toMatchObject({
    code: 'invalid_input',
    title: expect.stringMatching(/^--raters must be .+; --rate must be /),
  });
  await expect(run('power', [], { sets: '3' })).rejects.toMatchObject({
    title: '--sets must be 1 or 2.',
  });
  await expect(run('power', [], { pilot: study.public_id })).rejects.toMatchObject({
    faults: [{ field: 'pilot' }],
  });
});
