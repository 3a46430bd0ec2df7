import fc from 'fast-check';
import { parse } from 'yaml';
import { expect, test } from 'vitest';
import { readPipeline } from '#generation/readPipeline.js';
import { Pipeline } from '#generation/pipeline.js';
import { fileWithChanges } from '#rounds/file.js';
import { leftOutOf } from '#rounds/leftOut.js';
import { proposeRound } from '#rounds/propose.js';
import { roundOf } from '#rounds/round.js';
import { type Difference, Round } from '#rounds/schema.js';
import { figure } from '#figure.js';
import type { LastCandidate } from '#rounds/input.js';
import { pipelineOf, plantedRound, wrongOf } from './support.js';

/** The pipeline of a file; fails where it has faults. */
function pipelineIn(file: string): Pipeline {
  const read = readPipeline(file);
  if ('faults' in read) throw new Error(JSON.stringify(read.faults));
  return read.pipeline;
}

// The coverage and type I error of the intervals are those of #statistics/twoWay.js, whose own
// tests and bench simulate them; here it is tested that they are what decides.
test('a prompt with many wrong labels is left out, and the others write more', () => {
  const data = plantedRound({ prompts: 2, wrong: wrongOf(1, 2, 2) });
  const round = Round.parse(roundOf(data));
  const [stage] = round.stages;
  expect(stage?.prompts.map(({ kept, judged, judgments }) => [kept, judged, judgments])).toEqual([
    [100, 100, 300],
    [100, 100, 300],
  ]);
  expect(stage?.prompts[0]?.upheld.value).toBeGreaterThan(0.85);
  expect(stage?.prompts[1]?.upheld.value).toBeLessThan(0.6);
  expect(stage?.differences).toMatchObject([
    { measure: 'upheld', first: 0, second: 1, shown: 'first-better' },
    { measure: 'relevance', first: 0, second: 1, shown: null },
  ]);
  expect(round.tests).toBe(2);
  expect(stage?.leftOut).toMatchObject([{ prompt: 1 }]);
  expect(stage?.leftOut[0]?.why).toMatch(
    /^It is lower than prompt 1 in labels upheld by \d\d\.\d points \(95 % interval \d\d\.\d to /,
  );
  // 100 of the 200 that were kept come from the prompt that stays, so twice as many samples.
  const next = pipelineIn(round.proposal.file);
  expect(next.stages[0]).toMatchObject({
    prompts: ['Wording 1: what would {description} {verb} with?'],
    samples: 200,
  });
  expect(round.proposal.changes.map(({ field }) => field)).toEqual([
    'stages[0].prompts[1]',
    'stages[0].samples',
    'seed',
  ]);
  expect(next.seed).not.toBe(data.pipeline.seed);
  expect(Round.parse(roundOf(data))).toEqual(round);
});

test('where no prompt is shown to be worse, nothing is changed, and it says so', () => {
  const data = plantedRound({ prompts: 2, wrong: wrongOf(1, 2, 12) });
  const { proposal, stages } = roundOf(data);
  const [one, other] = stages[0]?.prompts ?? [];
  // By points alone the second would go.
  expect(other?.upheld.value).toBeLessThan(one?.upheld.value ?? 0);
  expect(proposal.changes).toEqual([]);
  expect(pipelineIn(proposal.file)).toEqual(data.pipeline);
  expect(proposal.notes).toEqual([
    'No prompt was shown to be worse than another, so all prompts stay.',
    'Nothing is changed: the pipeline stands as it was, with its seed.',
  ]);
});

test('what was only beyond the top counts as there', () => {
  const data = plantedRound({ prompts: 2, wrong: wrongOf(1, 2, 2), top: 100, spare: 60 });
  const { proposal } = roundOf(data);
  // 50 kept and 60 beyond the top of each label: more than the 100 that are wanted.
  expect(proposal.changes.map(({ field }) => field)).toEqual(['stages[0].prompts[1]', 'seed']);
});

test('a target that was missed raises the samples by the label with least', () => {
  const data = plantedRound({ prompts: 2, top: 160 });
  const { proposal } = roundOf(data);
  expect(proposal.changes.map(({ field }) => field)).toEqual(['stages[0].samples', 'seed']);
  expect(pipelineIn(proposal.file).stages[0]).toMatchObject({ samples: 160 });
  const none = proposeRound({
    pipeline: data.pipeline,
    candidates: data.candidates.filter(({ label }) => label === 0),
    stages: [],
    interim: false,
    simulated: false,
    study: 'study-1',
  });
  expect(none.changes).toEqual([]);
  expect(none.notes.join(' ')).toContain('made no candidate of label “No” that was kept');
});

test('without enough raters or with labels overruled there is a reason instead of a figure', () => {
  const few = roundOf(
    plantedRound({ prompts: 2, wrong: wrongOf(1, 2, 2), accuracy: [0.9, 0.9, 0.9] }),
  );
  expect(few.stages[0]?.differences[0]?.difference).toMatchObject({
    lower: null,
    because: 'there are fewer than 4 raters: no interval over raters is given',
  });
  expect(few.proposal.changes).toEqual([]);
  const scarce = roundOf(plantedRound({ prompts: 2, examples: 12 }));
  expect(scarce.stages[0]?.differences[0]?.difference.because).toMatch(/raters? judged enough of/);
  expect(scarce.stages[0]?.textsBecause).toContain('20 kept examples or more');
  const all = new Set(Array.from({ length: 200 }, (_, example) => example));
  const reversed = roundOf(plantedRound({ prompts: 2, wrong: all }));
  expect(reversed.labelsBecause).toContain('The labels of the kept set look reversed');
  expect(reversed.stages[0]?.differences[0]?.difference.because).toBe(reversed.labelsBecause);
  const one = roundOf(plantedRound({ prompts: 1 }));
  expect(one.stages).toEqual([]);
  expect(one.proposal.notes[0]).toContain('No stage writes with several prompts');
});

test('an open study and simulated raters are said, and withdrawn answers count nowhere', () => {
  const data = plantedRound({ prompts: 2, state: 'open' });
  const raters = data.study.raters.map((rater) => ({ ...rater, origin: 'simulated' as const }));
  const round = roundOf({ ...data, study: { ...data.study, raters } });
  expect(round).toMatchObject({ interim: true, simulated: true });
  expect(round.proposal.notes[0]).toContain('Simulated raters');
  const withdrawn = data.study.judgments.map((judgment) =>
    judgment.rater === 0 ? { ...judgment, standing: 'blanked' as const, label: null } : judgment,
  );
  const without = roundOf({ ...data, study: { ...data.study, judgments: withdrawn } });
  const counted = without.stages[0]?.prompts.reduce((sum, { judgments }) => sum + judgments, 0);
  expect(counted).toBe(data.study.judgments.filter(({ rater }) => rater !== 0).length);
});

test('copies are compared at the same number of texts', () => {
  const { stages } = roundOf(plantedRound({ prompts: 2, examples: 120, repeats: new Set([1]) }));
  const [one, other] = stages[0]?.prompts ?? [];
  expect(stages[0]?.sizes?.texts).toBe(30);
  expect(one?.texts?.repeated.value).toBe(0);
  expect(other?.texts?.repeated.value).toBeGreaterThan(0.2);
  expect(other?.texts?.selfBleu.value).toBeGreaterThan(one?.texts?.selfBleu.value ?? 1);
});

const difference = (
  given: Pick<Difference, 'measure' | 'first' | 'second' | 'shown'>,
): Difference => ({
  ...given,
  difference: {
    ...figure({ kind: 'estimate', value: given.shown === 'first-worse' ? -0.2 : 0.2, n: 10 }),
    lower: 0.1,
    upper: 0.3,
  },
  p: 0.001,
  adjusted: 0.002,
});

test('a prompt that is worse in one measure and better in the other stays', () => {
  const traded = [
    difference({ measure: 'upheld', first: 0, second: 1, shown: 'first-worse' }),
    difference({ measure: 'relevance', first: 0, second: 1, shown: 'first-better' }),
  ];
  expect(leftOutOf(traded, 2)).toEqual([]);
  expect(leftOutOf(traded.slice(0, 1), 2)).toMatchObject([{ prompt: 0 }]);
  const round = [
    difference({ measure: 'upheld', first: 0, second: 1, shown: 'first-worse' }),
    difference({ measure: 'relevance', first: 1, second: 2, shown: 'first-worse' }),
    difference({ measure: 'upheld', first: 0, second: 2, shown: 'first-better' }),
  ];
  expect(leftOutOf(round, 3)).toEqual([]);
});

const candidate = (prompts: number): fc.Arbitrary<LastCandidate> =>
  fc.record({
    line: fc.option(fc.nat(1_000)),
    label: fc.constantFrom(0, 1),
    prompts: fc.nat(prompts - 1).map((prompt) => new Map([[0, prompt]])),
  });

const anyRound = roundOf(plantedRound({ prompts: 1, examples: 2 }));

test('a proposal reads back, and differs from the pipeline only in what is listed', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 6 }).chain((prompts) =>
        fc.record({
          prompts: fc.constant(prompts),
          top: fc.option(fc.integer({ min: 1, max: 1_000_000 })),
          candidates: fc.array(candidate(prompts), { maxLength: 60 }),
          out: fc.subarray([...Array(prompts).keys()], { maxLength: prompts - 1 }),
          study: fc.string(),
          name: fc.string({ unit: 'grapheme', minLength: 1 }),
        }),
      ),
      ({ prompts, top, candidates, out, study, name }) => {
        const pipeline = pipelineOf(prompts, top);
        const proposal = proposeRound({
          pipeline,
          candidates,
          stages: [
            { position: 0, leftOut: out.map((prompt) => ({ prompt, why: 'It is worse.' })) },
          ],
          interim: false,
          simulated: false,
          study,
        });
        const file = fileWithChanges({
          ...anyRound,
          generation: { id: 'x', name },
          proposal,
        });
        const next = pipelineIn(file);
        expect(parse(proposal.file)).toEqual(parse(file));
        const fields = new Set(proposal.changes.map(({ field }) => field));
        const [before, after] = [pipeline.stages[0], next.stages[0]];
        if (before?.kind !== 'write' || after?.kind !== 'write') throw new Error('no stage writes');
        expect(
          [...before.prompts.keys()].filter((at) => fields.has(`stages[0].prompts[${at}]`)),
        ).toEqual(out);
        expect(after.prompts).toEqual(before.prompts.filter((_, at) => !out.includes(at)));
        expect(after.samples !== before.samples).toBe(fields.has('stages[0].samples'));
        expect(next.seed !== pipeline.seed).toBe(fields.has('seed'));
        expect(fields.has('seed')).toBe(fields.size > 0);
        expect({
          ...next,
          seed: pipeline.seed,
          stages: [
            { ...after, prompts: before.prompts, samples: before.samples },
            ...next.stages.slice(1),
          ],
        }).toEqual(pipeline);
      },
    ),
    { numRuns: 60 },
  );
});
