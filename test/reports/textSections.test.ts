import { describe, expect, test } from 'vitest';
import { computeReport, type ReportOptions } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { polarityOfTexts } from '#reports/model/textPolarity.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { hedsMarkdown } from '#reports/publication/heds.js';
import { methodsLatex, references } from '#reports/publication/methodsLatex.js';
import { reportFile, verifyReport } from '#reports/frozen/content.js';
import { formatOf } from '#reports/frozen/formats/formats.js';
import type { StudyData } from '#reports/input/data.js';
import { type Figure, figure } from '#figure.js';
import { datasetVerdict } from '#reports/model/texts.js';
import { measureDataset, measurePair } from '#texts/measure.js';
import type { TextCorpus } from '#texts/measures.js';
import { plantedData, sideBySide } from './planted.js';
import { builtData } from './publication/models.js';
import { haveEvals, pairNames, readPair } from '../statistics/texts/sharedPairs.js';
import { corpusOf, questions } from '../texts/support.js';

/**
 * The report of such data; without mixed models, which take most of the time, unless they are what
 * a test is about.
 */
const reportOf = (
  data: StudyData,
  options: Pick<ReportOptions, 'mixedModels'> = { mixedModels: false },
): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f'.repeat(64),
      computedAt: 1_791_000_000_000,
      version: '0.1.0',
      ...options,
    }),
  );

const textsOf = (generated: TextCorpus, human: TextCorpus): StudyData['texts'] => ({
  datasets: [measureDataset(generated), measureDataset(human)],
  pairs: [{ generated: 0, human: 1, measure: measurePair(generated, human) }],
});

const made = corpusOf('dataset-1', questions(60, { seed: 'made' }));
const written = corpusOf('dataset-2', questions(50, { seed: 'written' }));
const turned = corpusOf('dataset-2', questions(50, { seed: 'written', turned: true }));
const gateCheck = (model: ReportModel): { state: string; sentence: string } | undefined =>
  model.pairs[0]?.gate.find(({ name }) => name === 'Labels point the same way');

const aligned = builtData({ pair: true, examples: 24, texts: textsOf(made, written) });

test('a pair whose labels are reversed by its texts is not compared, and the sentence names the figures', () => {
  const before = reportOf(builtData({ pair: true, examples: 24 }));
  expect(before.pairs[0]?.comparable).toBe(true);
  expect(gateCheck(before)).toMatchObject({
    state: 'waits-for-texts',
    sentence: 'Not checked by the texts yet: they are not measured.',
  });
  expect(gateCheck(reportOf(aligned))).toMatchObject({
    state: 'passed',
    sentence: expect.stringMatching(
      /trained on the generated set it is right on .* of 50 human-written examples \(95 % interval/,
    ),
  });
  expect(reportOf(aligned).pairs[0]?.comparable).toBe(true);
  const found = reportOf(builtData({ pair: true, examples: 24, texts: textsOf(made, turned) }));
  expect(found.pairs[0]).toMatchObject({ comparable: false, differences: [] });
  expect(gateCheck(found)).toMatchObject({
    state: 'failed',
    sentence: expect.stringMatching(
      /^One of the two sets looks as if its labels were reversed\. .*right on 0\.0 % of 50 human-written examples/,
    ),
  });
  expect(found.pairs[0]?.verdict).toContain(gateCheck(found)?.sentence);
  // Raters upheld the labels of both sets; neither page may call them fit for use before somebody
  // has looked.
  for (const { verdict } of found.datasets) {
    expect(verdict[0]).toMatch(/^Read ten examples before you use the labels: .* reversed/);
    expect(verdict.join(' ')).not.toMatch(/can be used/);
  }
  expect(found.verdict.join(' ')).toMatch(/The two sets are not compared.* reversed/);
  for (const { verdict } of reportOf(aligned).datasets)
    expect(verdict.join(' ')).not.toMatch(/reversed/);
});

test('where raters have overruled the labels of one of two sets, it is the one that is named', () => {
  const pair = builtData({ pair: true, examples: 24, texts: textsOf(made, turned) });
  const data = sideBySide([
    {
      ...pair,
      judgments: pair.judgments.map((judgment) => {
        const item = pair.items[judgment.item];
        return {
          ...judgment,
          label: item?.dataset === 1 ? 1 - (item.label ?? 0) : (item?.label ?? 0),
        };
      }),
    },
    plantedData({ examples: 40, accuracy: [1, 1, 1, 1], seed: 'other' }),
  ]);
  const { datasets, verdict, pairs } = reportOf(data);
  expect(datasets.map(({ turnedRound }) => turnedRound)).toEqual([false, true, false]);
  expect(verdict[0]).toMatch(
    /^The labels of behaviour 0, human-written look reversed: raters overruled most of them, and by their texts the labels .* opposite ways\.$/,
  );
  expect(verdict.join(' ')).not.toContain('one of the two sets');
  expect(verdict.join(' ')).toContain('2 other datasets with labels');
  expect(datasets[0]?.verdict[0]).not.toMatch(/^Read ten examples/);
  expect(datasets[0]?.verdict.join(' ')).toContain(
    'point opposite ways; raters overruled those of the counterpart.',
  );
  const gate = pairs[0]?.gate.find(({ name }) => name === 'Labels point the same way');
  expect(gate?.state).toBe('failed');
  expect(gate?.sentence).toMatch(
    /Raters overruled most labels of the human-written set: look there first\.$/,
  );
  expect(gate?.sentence).not.toContain('cannot say');
});

test('where the texts are too few or have no labels the check says that it cannot be made', () => {
  const few = corpusOf('dataset-1', questions(4, { seed: 'few' }));
  const unlabelled = corpusOf(
    'dataset-2',
    questions(30, { seed: 'none' }).map((example) => ({ ...example, label: null })),
  );
  expect(
    polarityOfTexts(measurePair(few, corpusOf('dataset-2', questions(5, { seed: 'other' })))),
  ).toMatchObject({
    state: 'not-possible',
    sentence: expect.stringMatching(/^Not checked by the texts: there are too few texts/),
  });
  expect(polarityOfTexts(measurePair(unlabelled, unlabelled))).toMatchObject({
    state: 'not-possible',
    sentence: 'Not checked by the texts: no example has a label.',
  });
  const empty = corpusOf('dataset-1', []);
  const model = reportOf(builtData({ pair: true, examples: 24, texts: textsOf(empty, empty) }));
  expect(model.datasets[0]?.texts?.verdict).toEqual(['None of 0 texts repeats another.']);
  expect(model.pairs[0]?.texts?.map).toBeNull();
});

test('the sentence of a dataset says what repeats and whether answers give the label away, no more than the interval', () => {
  const same = reportOf(aligned).datasets[0]?.texts;
  expect(same?.verdict.slice(0, 2)).toEqual([
    'None of 60 texts repeats another.',
    'Whether the answers alone give the label away cannot be said: every example offers the same answers, so that they cannot give the label away.',
  ]);
  const telling = questions(60, { seed: 'telling' }).map((example, index) => ({
    ...example,
    text: index < 3 ? 'The very same words' : example.text,
    choices: example.choices.map((choice, at) =>
      at === example.label
        ? `${choice}, and gladly so, whatever number ${index}`
        : `${choice}, never in ${index}`,
    ),
  }));
  const model = reportOf(
    builtData({
      pair: true,
      examples: 24,
      texts: textsOf(corpusOf('dataset-1', telling), written),
    }),
  );
  const verdict = model.datasets[0]?.texts?.verdict.join(' ') ?? '';
  expect(verdict).toMatch(
    /The answers alone give the label away: a classifier that does not see the question finds 100\.0 % of the labels \(95 % interval 9\d\.\d to 100\.0 %; blind guessing 50\.0 %\)/,
  );
  expect(verdict).toMatch(/Labels prefer the longest answer: 100\.0 % are the longest one/);
  const noise = questions(60, { seed: 'noise' }).map((example, index) => ({
    ...example,
    choices: [`Apples ${index % 7}`, `Pears ${index % 5}`],
  }));
  expect(
    reportOf(
      builtData({ texts: { datasets: [measureDataset(corpusOf('dataset-1', noise))], pairs: [] } }),
    ).datasets[0]?.texts?.verdict[1],
  ).toMatch(/^The answers alone are not shown to give the label away/);
});

test('the map holds at most 400 marks of a source, judged ones among them, and counts what raters said', () => {
  const large = corpusOf('dataset-1', questions(600, { seed: 'large' }));
  const model = reportOf(
    builtData({
      pair: true,
      examples: 24,
      overrules: (example) => example < 2,
      texts: {
        datasets: [null, null],
        pairs: [{ generated: 0, human: 1, measure: measurePair(large, written) }],
      },
    }),
  );
  const map = model.pairs[0]?.texts?.map;
  expect(map?.generated.lines).toHaveLength(400);
  expect(map?.human.lines).toHaveLength(50);
  const standings = map?.generated.lines
    .map((line, at) => [line, map.generated.standing[at]] as const)
    .filter(([, standing]) => standing !== null);
  expect(standings).toEqual(
    Array.from({ length: 24 }, (_, index) => [index + 1, index < 2 ? 'overruled' : 'upheld']),
  );
  expect(map?.clusters.reduce((sum, cluster) => sum + cluster.upheld, 0)).toBe(44);
  expect(map?.clusters.reduce((sum, cluster) => sum + cluster.overruled, 0)).toBe(4);
});

test('a place that labels avoid is not said to be preferred', () => {
  const measure = measureDataset(made);
  const share = (value: number): Figure =>
    figure({ kind: 'estimate', value, n: 60, withoutInterval: 'none' });
  const [place] = measure.balance.places;
  if (place === undefined) throw new Error('There is no place.');
  const places = [
    { ...place, place: 0, share: share(0.619), expected: 0.449, biased: true },
    { ...place, place: 1, share: share(0.284), expected: 0.449, biased: true },
  ];
  const said = datasetVerdict({ ...measure, balance: { ...measure.balance, places } }).join(' ');
  expect(said).toContain(
    'Labels prefer a place among the answers: 61.9 % stand at place 1 (44.9 % if every place were as likely). Labels avoid a place among the answers: 28.4 % stand at place 2',
  );
});

test('a frozen report holds the texts, and verifying measures them again', () => {
  const file = reportFile(reportOf(aligned, {}), aligned, [made, written]);
  expect(formatOf(file)).toBe('assay-report-file-4');
  const steps: number[] = [];
  const verification = verifyReport(file, (done, of) => void steps.push(done / of));
  expect(verification).toMatchObject({
    holds: true,
    untouched: true,
    differences: [],
    otherModels: [],
  });
  expect(steps).toHaveLength(3);
  const tampered = structuredClone(file);
  const [text] = tampered.corpora[0]?.texts ?? [];
  if (text !== undefined) text.text = `${text.text} And again?`;
  const found = verifyReport(tampered);
  expect(found).toMatchObject({ holds: false, untouched: false });
  expect(found.differences.map(({ place }) => place)).toContain(
    'data.texts.datasets.0.lengths.words',
  );
  expect(verifyReport({ ...file, corpora: [] }).differences.map(({ place }) => place)).toContain(
    'data.texts.pairs.0.measure.sampled.human',
  );
  expect(() => verifyReport({ ...file, format: 'assay-report-file-1' })).toThrow(
    /assay-report-file-4/,
  );
  expect(formatOf({ ...file, format: 'assay-report-file-1' })).toBe('assay-report-file-1');
  expect(formatOf({})).toBeNull();
});

test('texts for papers say what was measured, and cite it', () => {
  const model = reportOf(aligned);
  const latex = methodsLatex(model);
  for (const key of [
    'broder1997resemblance',
    'li2016diversity',
    'zhu2018texygen',
    'friedman2023vendi',
    'shao1989general',
    'deerwester1990indexing',
    'monroe2008fightin',
  ]) {
    expect(latex).toContain(`\\cite{${key}}`);
    expect(references(model)).toContain(`{${key},`);
  }
  expect(datasetCard(model, 'dataset-1')).toMatch(/Self-BLEU \| 0\.\d+/);
  expect(hedsMarkdown(model)).toContain('The texts of 2 datasets were measured by themselves');
  const without = builtData({ pair: true, examples: 24 });
  expect(methodsLatex(reportOf(without))).not.toContain('zhu2018texygen');
});

describe.skipIf(!haveEvals)('the four released pairs', () => {
  test.each(pairNames)(
    '%s',
    (name) => {
      const { generated, human } = readPair(name);
      const most = 300;
      const corpus = (dataset: string, examples: typeof generated): TextCorpus =>
        corpusOf(
          dataset,
          examples
            .filter((_, index) => index % Math.ceil(examples.length / most) === 0)
            .map(({ text, choices, label }) => ({ text, choices: [...choices], label })),
        );
      const check = polarityOfTexts(
        measurePair(corpus('dataset-1', generated), corpus('dataset-2', human)),
      );
      expect(check.state).toBe(name === 'survival-instinct' ? 'failed' : 'passed');
      if (check.state === 'failed')
        expect(check.sentence).toMatch(
          /right on [23]\d\.\d % of \d+ human-written examples .* right on [12]\d\.\d % of \d+ generated examples/,
        );
    },
    120_000,
  );
});
