import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ConfidenceSection } from '#reports/model/schema/confidence.js';
import type { ConsensusSection } from '#reports/model/schema/consensus.js';
import type { MeasuredItems } from '#reports/model/schema/measuredItems.js';
import type { RaterAgreement } from '#reports/model/schema/raterAgreement.js';
import { computeReport } from '#reports/model/report.js';
import { ReportModel } from '#reports/model/schema/report.js';
import { renderReportFile } from '#reports/pages/render.js';
import { itemTable } from '#reports/files/items.js';
import { croissant } from '#reports/publication/croissant.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { hedsMarkdown } from '#reports/publication/heds.js';
import { methodsLatex } from '#reports/publication/methodsLatex.js';
import { readStudyData } from '#reports/input/read.js';
import type { StudyData } from '#reports/input/data.js';
import { sampleOf } from '#statistics/comparison/means.js';
import { createRandom } from '#statistics/random.js';
import { readConfig } from '../../src/config.js';
import { buildStudy, plainExamples } from '../support/builders.js';
import { testDatabase } from '../support/database.js';
import { type Planted, plantedData, reordered } from './planted.js';
import { builtData } from './publication/models.js';

const reportOf = (data: StudyData): ReportModel =>
  ReportModel.parse(
    computeReport(data, {
      fingerprint: 'f',
      computedAt: 1_791_000_000_000,
      version: '0',
      mixedModels: false,
    }),
  );

interface Sections {
  readonly consensus: ConsensusSection;
  readonly measured: MeasuredItems;
  readonly confidence: ConfidenceSection;
  readonly agreement: RaterAgreement;
}

function present<Section extends { readonly kind: string }>(
  section: Section | undefined,
): Exclude<Section, { kind: 'missing' }> {
  if (section === undefined || section.kind === 'missing')
    return expect.unreachable(JSON.stringify(section));
  return section as Exclude<Section, { kind: 'missing' }>;
}

const ofOneSet = (
  section: Exclude<ReportModel['datasets'][number]['confidence'], { kind: 'missing' }>,
): ConfidenceSection =>
  section.kind === 'confidence' ? section : expect.unreachable(section.kind);

function sectionsOf(planted: Planted): Sections {
  const report = reportOf(plantedData(planted));
  const [dataset] = report.datasets;
  return {
    consensus: present(dataset?.consensus),
    measured: present(dataset?.measured),
    confidence: ofOneSet(present(dataset?.confidence)),
    agreement: present(report.raterAgreement),
  };
}

/** A confidence that is right as often as it says, and the examples on which it is wrong. */
function discriminator(
  examples: number,
  share: (confidence: number) => number,
): { confidence: (example: number) => number; wrong: Set<number> } {
  const random = createRandom('discriminator');
  const drawn = Array.from({ length: examples }, () => {
    const confidence = 0.55 + 0.44 * random();
    return { confidence, wrong: random() >= share(confidence) };
  });
  return {
    confidence: (example) => drawn[example]?.confidence ?? 0,
    wrong: new Set(drawn.flatMap((one, example) => (one.wrong ? [example] : []))),
  };
}

describe('planted truth', () => {
  const wrong = new Set([3, 14, 15, 26, 38, 47, 59, 60, 71, 93]);

  test('ten wrong labels rank on top, with about as many expected', () => {
    const { measured } = sectionsOf({
      wrong,
      overlap: 5,
      accuracy: Array.from({ length: 8 }, () => 0.95),
    });
    const suspects = present(measured.suspects);
    expect(new Set(suspects.items.slice(0, 10).map((suspect) => suspect.line - 1))).toEqual(wrong);
    for (const suspect of suspects.items.slice(0, 10))
      expect(suspect.probability).toBeGreaterThan(0.5);
    expect(suspects.probablyWrong).toBe(10);
    expect(suspects.expectedWrong).toBeGreaterThan(8.5);
    expect(suspects.expectedWrong).toBeLessThan(13);
    expect(suspects.sentence).toMatch(
      /^10 of 100 judged labels are more probably wrong than right/,
    );
  });

  test('where no label is wrong, none is called so', () => {
    const suspects = present(
      sectionsOf({ overlap: 5, accuracy: Array.from({ length: 8 }, () => 0.97) }).measured.suspects,
    );
    expect(suspects.probablyWrong).toBe(0);
    expect(suspects.sentence).toMatch(/^None of 100/);
  });

  test('a bad rater is seen in the consensus and stands last in the map', () => {
    const { consensus, agreement } = sectionsOf({ accuracy: [0.96, 0.95, 0.96, 0.55, 0.95, 0.96] });
    const [worst, second] = consensus.raters.rows;
    expect(worst?.pseudonym).toBe('R4');
    expect(worst?.accuracy.upper ?? 1).toBeLessThan(second?.accuracy.value ?? 0);
    expect(worst?.accuracy.lower ?? 1).toBeLessThan(0.55);
    expect(agreement.raters.at(-1)?.pseudonym).toBe('R4');
    expect(agreement.sentence).toContain('R4 is least with the others');
    expect(consensus.raters.rows.reduce((sum, row) => sum + row.judgments, 0)).toBe(300);
  });

  test('where sixty raters judge five examples each, a model that collapsed is named and left out', () => {
    const { consensus, measured } = sectionsOf({ accuracy: Array.from({ length: 60 }, () => 1) });
    expect(consensus.sentence).toMatch(
      /\. Sceptical Dawid-Skene collapsed and is left out: .* a mean probability of 50 %, the best model 100 %\.$/,
    );
    expect(consensus.meanPosterior).toBeGreaterThan(0.999);
    expect(measured.next.doubt).toBeLessThan(0.1);
  });

  test('raters who never disagreed are not said to differ: the votes do not decide', () => {
    const { consensus } = sectionsOf({ accuracy: Array.from({ length: 8 }, () => 1) });
    expect(consensus.sentence).toMatch(
      /^By consensus, the share of labels upheld is 100\.0 %, as by majority: the consensus gives every one of 100 complete examples the answer of the majority\. Three descriptions of raters are averaged, with weights from how probable each makes the votes on an example given the other examples: all alike \d+ %, different \d+ %, each mixing up particular answers \d+ %; between those with 5 % or more the votes do not decide\./,
    );
  });

  test('two camps stand together in the map', () => {
    const data = plantedData({
      examples: 40,
      overlap: 6,
      accuracy: Array.from({ length: 6 }, () => 1),
    });
    const camps = {
      ...data,
      judgments: data.judgments.map((judgment) => ({
        ...judgment,
        label: judgment.rater % 2 === 1 && judgment.item % 4 === 0 ? 1 : judgment.label,
      })),
    };
    const { raters } = present(reportOf(camps).raterAgreement);
    const camp = raters.map(({ pseudonym }) => Number(pseudonym.slice(1)) % 2);
    expect(camp.slice(0, 3)).toEqual([camp[0], camp[0], camp[0]]);
    expect(new Set(camp.slice(3)).size).toBe(1);
  });

  test('the consensus sets a bad majority right, and lists where', () => {
    const { consensus } = sectionsOf({
      examples: 200,
      accuracy: [0.97, 0.97, 0.97, 0.52, 0.52],
      seed: 'outvoted',
    });
    expect(consensus.labels?.consensus.value ?? 0).toBeGreaterThan(
      consensus.labels?.majority.value ?? 1,
    );
    expect(consensus.differing.all).toBeGreaterThan(0);
    for (const item of consensus.differing.items) expect(item.consensus).not.toBe(item.majority);
    expect(consensus.sentence).toMatch(
      /^By consensus, the share of labels upheld is [\d.]+ %, [\d.]+ points above that by majority: the consensus gives /,
    );
  });

  test('examples that mislead all but the best point at guidelines', () => {
    const data = plantedData({
      examples: 60,
      overlap: 10,
      accuracy: [0.99, 0.99, 0.99, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75, 0.75],
    });
    const misleading = new Set([7, 33]);
    const judgments = data.judgments.map((judgment) =>
      misleading.has(judgment.item)
        ? { ...judgment, label: judgment.rater < 3 ? judgment.item % 2 : 1 - (judgment.item % 2) }
        : judgment,
    );
    const { faults } = present(reportOf({ ...data, judgments }).datasets[0]?.measured);
    expect(faults.tested).toBeGreaterThan(20);
    expect(
      faults.items
        .slice(0, 2)
        .map((item) => item.line - 1)
        .toSorted((one, other) => one - other),
    ).toEqual([7, 33]);
  });

  test('the next judgment is worth most where raters were split', () => {
    const { next, hardest } = sectionsOf({
      overlap: 2,
      accuracy: Array.from({ length: 6 }, () => 0.85),
    }).measured;
    expect(next.items.length).toBeGreaterThan(0);
    expect(hardest.map((item) => item.line)).toContain(next.items[0]?.line);
    expect(next.information ?? Infinity).toBeLessThan(next.doubt ?? 0);
  });
});

describe('votes that tell nothing of raters', () => {
  const perfect = Array.from({ length: 8 }, () => 1);
  const singleVote =
    'Nothing here, because no example has two votes on its label, and a single vote tells nothing of how reliable its rater is.';
  const inseparable =
    'Nothing here, because no three raters judged the same examples as each other, so that it cannot be told which of two errs where they disagree.';
  const columns = ['consensus_key', 'posterior', 'label_wrong'] as const;

  /** What the item table says of each item in these columns. */
  function cellsOf(data: StudyData, names: readonly string[]): unknown[][] {
    const table = itemTable(data);
    const indexes = names.map((name) => table.columns.findIndex((column) => column.name === name));
    return Array.from({ length: table.rowCount }, (_, row) =>
      indexes.map((index) => table.cell(row, index)),
    );
  }

  const pageOf = (report: ReportModel): string =>
    renderReportFile(readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test' }), report);

  test('with one vote an example there is the vote and nothing beyond it, wherever it is published', () => {
    for (const seed of ['a', 'b', 'c', 'd', 'e']) {
      const data = plantedData({ overlap: 1, accuracy: perfect, seed });
      const report = reportOf(data);
      const [dataset] = report.datasets;
      expect(dataset?.label).toMatchObject({ upheldCount: 100, items: 100 });
      expect(dataset?.consensus).toEqual({ kind: 'missing', because: singleVote });
      expect(dataset?.measured).toEqual({ kind: 'missing', because: singleVote });
      expect(
        new Set(
          cellsOf(data, [...columns, 'entropy', 'difficulty']).map((row) => JSON.stringify(row)),
        ),
      ).toEqual(new Set([JSON.stringify([null, null, null, null, null])]));
      expect(cellsOf(data, ['vote_shares', 'soft_label'])[0]).toEqual(['{"(A)":1,"(B)":0}', null]);
      const published = [
        datasetCard(report, dataset?.id ?? ''),
        croissant(report, dataset?.id ?? ''),
        hedsMarkdown(report),
        methodsLatex(report),
        report.methods.join(' '),
        report.verdict.join(' '),
      ].join('\n');
      expect(published).not.toMatch(
        /expected to be wrong|by consensus of models|As a check, labels upheld by a consensus|Dawid-Skene/,
      );
      expect(pageOf(report)).toContain(singleVote);
      expect(pageOf(report)).not.toMatch(
        /probably wrong<|How reliable each rater looks|NaN|undefined/,
      );
    }
  });

  test('two raters cannot be told apart: disagreement is counted, and nobody is said to be right', () => {
    const data = plantedData({ overlap: 2, accuracy: [0.9, 0.8], seed: 'two' });
    const [dataset] = reportOf(data).datasets;
    expect(dataset?.consensus).toEqual({ kind: 'missing', because: inseparable });
    const measured = present(dataset?.measured);
    expect(measured.twice).toBe(100);
    expect(measured.meanDifficulty ?? 0).toBeGreaterThan(0.1);
    expect(measured.suspects).toEqual({ kind: 'missing', because: inseparable });
    expect(measured.next).toEqual({
      sentence: inseparable,
      doubt: null,
      information: null,
      items: [],
    });
    expect(new Set(cellsOf(data, columns).flat())).toEqual(new Set([null]));
    expect(
      cellsOf(data, ['difficulty'])
        .flat()
        .every((difficulty) => difficulty === 0 || difficulty === 1),
    ).toBe(true);
  });

  test('among examples with several votes, those with a single one are left out of every model', () => {
    for (const seed of ['a', 'b', 'c']) {
      const whole = plantedData({ accuracy: perfect, seed });
      const first = new Set<number>();
      const judgments = whole.judgments.filter(
        ({ item }) => item >= 97 || (!first.has(item) && first.add(item)),
      );
      const report = reportOf({
        ...whole,
        items: whole.items.map((item, index) => (index >= 97 ? item : { ...item, overlap: 1 })),
        judgments,
      });
      const [dataset] = report.datasets;
      const { labels, groups, differing, sentence } = present(dataset?.consensus);
      expect({
        labels: labels?.items,
        groups: groups.map(({ items }) => items),
        differing: differing.all,
      }).toEqual({ labels: 3, groups: [3], differing: 0 });
      expect(sentence).toMatch(
        /97 judged examples with a single vote, or with raters who cannot be told apart, are left out: nothing is said there beyond the votes\. Fewer than 10 examples tell little of how reliable raters are: read the votes\.$/,
      );
      expect(present(present(dataset?.measured).suspects)).toMatchObject({
        labelled: 3,
        probablyWrong: 0,
      });
      const cells = cellsOf({ ...whole, judgments }, columns);
      expect(
        cells
          .slice(0, 97)
          .flat()
          .every((cell) => cell === null),
      ).toBe(true);
      expect(
        cells
          .slice(97)
          .flat()
          .some((cell) => cell === null),
      ).toBe(false);
    }
  });

  test('a tie is no majority that the consensus could be against', () => {
    const { consensus } = sectionsOf({
      overlap: 2,
      accuracy: Array.from({ length: 8 }, () => 0.9),
      seed: 'ties',
    });
    const ties = Number(/an answer to \d+ of (\d+) without one/.exec(consensus.sentence)?.[1]);
    expect(ties).toBeGreaterThan(5);
    expect(consensus.sentence).toContain(
      `the consensus gives every one of ${100 - ties} complete examples with a majority the answer of the majority, and an answer to`,
    );
  });

  test('single ratings tell nothing of who is lenient', () => {
    const data = plantedData({ overlap: 2, accuracy: perfect });
    const rated = new Set<number>();
    const judgments = data.judgments.map((judgment) =>
      rated.has(judgment.item)
        ? { ...judgment, relevance: null }
        : (rated.add(judgment.item), judgment),
    );
    const consensus = present(reportOf({ ...data, judgments }).datasets[0]?.consensus);
    expect(consensus.relevance).toBeNull();
    expect(
      consensus.raters.rows.every(({ leniency, lapses }) => leniency === null && lapses === null),
    ).toBe(true);
  });
});

describe('the discriminator against raters', () => {
  const perfect = Array.from({ length: 6 }, () => 1);

  test('one that is calibrated and one that is too sure are told apart', () => {
    const calibrated = sectionsOf({
      examples: 400,
      accuracy: perfect,
      ...discriminator(400, (confidence) => confidence),
    }).confidence;
    const overconfident = sectionsOf({
      examples: 400,
      accuracy: perfect,
      ...discriminator(400, (confidence) => confidence - 0.25),
    }).confidence;
    expect(calibrated.calibrationError.value ?? 1).toBeLessThanOrEqual(
      calibrated.byChance?.upper ?? 0,
    );
    expect(calibrated.sentence).toMatch(/no more than chance gives/);
    expect(overconfident.calibrationError.value ?? 0).toBeGreaterThan(
      overconfident.byChance?.upper ?? 1,
    );
    expect(overconfident.calibrationError.value).toBeCloseTo(0.25, 1);
    expect(overconfident.sentence).toMatch(
      /more sure than right; bin by bin confidence and crowd differ by more than chance/,
    );
    expect(calibrated.brier.value ?? 1).toBeLessThan(overconfident.brier.value ?? 0);
    expect(calibrated.auroc.lower ?? 0).toBeGreaterThan(0.5);
    expect(calibrated.bins).toHaveLength(10);
    expect(calibrated.bins.reduce((sum, bin) => sum + bin.upheld.n, 0)).toBe(400);
  });

  test('a stricter filter keeps better labels where only unsure ones are wrong', () => {
    const { filter, ceilings, restricted } = sectionsOf({
      accuracy: perfect,
      confidence: (example) => 0.5 + (example + 1) / 202,
      wrong: new Set(Array.from({ length: 20 }, (_, example) => example)),
    }).confidence;
    expect(filter).toHaveLength(10);
    for (const [index, point] of filter.entries()) {
      expect(point.upheld.value ?? 0).toBeGreaterThanOrEqual(filter[index - 1]?.upheld.value ?? 0);
      expect(point.relevance?.lower).not.toBeNull();
    }
    expect(filter[0]).toMatchObject({ kept: 1, items: 100, upheld: { value: 0.8 } });
    expect(filter[2]).toMatchObject({ kept: 0.8, items: 80, upheld: { value: 1 } });
    expect(ceilings.human.value).toBe(0.8);
    expect(ceilings.discriminator).toBeCloseTo(0.75, 12);
    expect(restricted).toBe(true);
  });

  test('rejected candidates in the set are noticed', () => {
    expect(sectionsOf({ confidence: (example) => example / 100 }).confidence.restricted).toBe(
      false,
    );
  });

  test('the estimate for the whole set uses the examples that were not drawn, as far as confidence helps', () => {
    const shared = {
      accuracy: perfect,
      confidence: (example: number) => (example < 30 ? 0.55 : 0.95),
      wrong: new Set(Array.from({ length: 25 }, (_, example) => example)),
    };
    const surer = present(
      sectionsOf({ ...shared, undrawn: { n: 900, mean: 0.9, deviation: 0.15 } }).confidence
        .wholeSet,
    );
    expect(surer.plain.value).toBe(0.75);
    expect(surer.lambda).toBeGreaterThan(0.5);
    expect(surer.powered.value ?? 0).toBeGreaterThan(0.78);
    expect(surer.narrower).toBeGreaterThan(0.2);
    const useless = present(
      sectionsOf({
        accuracy: perfect,
        confidence: () => 0.8,
        wrong: shared.wrong,
        undrawn: { n: 900, mean: 0.8, deviation: 0 },
      }).confidence.wholeSet,
    );
    expect(useless).toMatchObject({ lambda: 0, powered: { value: 0.75 } });
    expect(sectionsOf(shared).confidence.wholeSet).toEqual({
      kind: 'missing',
      because:
        'Nothing here, because fewer than two eligible examples with a confidence were left undrawn.',
    });
  });
});

test('the confidence of eligible examples that were not drawn is read from the set', async () => {
  const database = await testDatabase();
  const examples = plainExamples(40).map((example, index) => ({
    ...example,
    confidence: index === 5 ? null : 0.5 + index / 100,
    findings: index % 8 === 0 ? ['truncated'] : [],
  }));
  const study = await buildStudy(database, {
    datasets: [{ examples }],
    settings: { sampleSize: 10, excludedFindings: ['truncated'] },
  });
  const { datasets, items } = await readStudyData(database.db, study.public_id);
  const drawn = new Set(items.map((item) => item.line));
  const expected = sampleOf(
    examples.flatMap((example, index) =>
      drawn.has(index + 1) || example.confidence === null || example.findings.length > 0
        ? []
        : [example.confidence],
    ),
  );
  if ('kind' in expected) return expect.unreachable();
  expect(datasets[0]?.undrawn?.n).toBe(expected.n);
  expect(datasets[0]?.undrawn?.mean).toBeCloseTo(expected.mean, 12);
  expect(datasets[0]?.undrawn?.deviation).toBeCloseTo(expected.deviation, 12);
  const all = await buildStudy(database, {
    datasets: [{ name: 'small', examples: plainExamples(4) }],
  });
  expect((await readStudyData(database.db, all.public_id)).datasets[0]?.undrawn).toBeNull();
});

test('examples with another number of choices are modelled apart, the largest group leads', () => {
  const { consensus, measured } = sectionsOf({
    examples: 60,
    choices: (example) => (example % 3 === 0 ? 3 : 2),
    wrong: new Set([9]),
    overlap: 5,
  });
  expect(consensus.groups.map(({ choices, items }) => ({ choices, items }))).toEqual([
    { choices: 2, items: 40 },
    { choices: 3, items: 20 },
  ]);
  expect(consensus.keys).toEqual(['(A)', '(B)']);
  expect(consensus.labels?.items).toBe(60);
  expect(consensus.sentence).toContain(
    ' averaged, here in the largest group (40 examples with 2 choices), with weights from',
  );
  expect(present(measured.suspects)).toMatchObject({
    labelled: 60,
    items: expect.arrayContaining([expect.objectContaining({ line: 10 })]) as unknown,
  });
});

test('the difference between the two labels has an interval', () => {
  const report = reportOf(builtData({ examples: 40, overrules: (example) => example % 4 === 0 }));
  const between = report.datasets[0]?.label?.betweenLabels;
  expect(between).toMatchObject({ first: 'No', second: 'Yes', difference: { value: 0.5 } });
  expect(between?.difference.method).toMatch(/Newcombe/);
});

test('relevance has ordinal coefficients, labels have none', () => {
  const [dataset] = reportOf(plantedData()).datasets;
  expect(dataset?.labelAgreement[0]?.agreement).toMatchObject({
    gwetWeighted: null,
    intraclass: null,
  });
  expect(dataset?.labelAgreement[0]?.agreement.conger.value ?? 0).toBeGreaterThan(0.5);
  expect(dataset?.relevanceAgreement?.intraclass?.lower).toBeLessThan(
    dataset?.relevanceAgreement?.intraclass?.value ?? -2,
  );
  expect(dataset?.relevanceAgreement?.gwetWeighted?.value).not.toBeNull();
});

/** Numbers alike to six digits, all else equal. */
function expectAlike(one: unknown, other: unknown, path: string): void {
  if (typeof one === 'number' && typeof other === 'number')
    return expect(Math.abs(one - other), path).toBeLessThan(1e-5);
  if (typeof one !== 'object' || one === null || typeof other !== 'object' || other === null)
    return expect(other, path).toEqual(one);
  expect(Object.keys(other), path).toEqual(Object.keys(one));
  for (const [key, value] of Object.entries(one))
    expectAlike(value, (other as Record<string, unknown>)[key], `${path}.${key}`);
}

test('the order in which items, raters and judgments are stored changes nothing', () => {
  const { confidence } = discriminator(40, (value) => value);
  const data = plantedData({
    examples: 40,
    confidence,
    wrong: new Set([2, 11, 30]),
    accuracy: [0.95, 0.9, 0.85, 0.8, 0.6],
    undrawn: { n: 60, mean: 0.8, deviation: 0.1 },
  });
  const partsOf = (study: StudyData) => {
    const {
      datasets: [dataset],
      raterAgreement,
    } = reportOf(study);
    const { iterations: _, ...relevance } = present(dataset?.consensus).relevance ?? {
      iterations: 0,
    };
    return {
      consensus: { ...present(dataset?.consensus), groups: null, relevance },
      measured: dataset?.measured,
      confidence: dataset?.confidence,
      raterAgreement,
    };
  };
  const expected = partsOf(data);
  fc.assert(
    fc.property(fc.string(), (seed) =>
      expectAlike(expected, partsOf(reordered(data, seed)), 'report'),
    ),
    { seed: 7, numRuns: 12 },
  );
});

test('no probability is printed as certainty', () => {
  const html = renderReportFile(
    readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test' }),
    reportOf(
      plantedData({
        overlap: 8,
        wrong: new Set([3]),
        accuracy: Array.from({ length: 8 }, () => 0.99),
      }),
    ),
  );
  expect(html).toMatch(/Suspect labels[^]*over 99 %[^]*Probable faults/);
});

describe('where there is nothing', () => {
  const kinds = (data: StudyData): string[] => {
    const report = reportOf(data);
    const [dataset] = report.datasets;
    const html = renderReportFile(
      readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test' }),
      report,
    );
    const sections = [
      dataset?.consensus,
      dataset?.measured,
      dataset?.confidence,
      report.raterAgreement,
    ];
    for (const section of sections) {
      if (section?.kind !== 'missing') continue;
      expect(section.because).toMatch(/^Nothing here, because .*[^.]\.$/);
      expect(html).toContain(section.because);
    }
    expect(html).not.toMatch(/NaN|undefined|Infinity/);
    return sections.map((section) => section?.kind ?? '');
  };

  test('each section says why', () => {
    expect(kinds({ ...plantedData(), judgments: [] })).toEqual([
      'missing',
      'missing',
      'missing',
      'missing',
    ]);
    expect(kinds(plantedData({ accuracy: [0.9], overlap: 1 }))).toEqual([
      'missing',
      'missing',
      'confidence',
      'missing',
    ]);
    expect(kinds(plantedData({ accuracy: [0.9, 0.9], overlap: 2 }))).toEqual([
      'missing',
      'items',
      'confidence',
      'rater-agreement',
    ]);
    expect(kinds(plantedData({ labelled: false }))).toEqual([
      'consensus',
      'items',
      'missing',
      'rater-agreement',
    ]);
    expect(kinds(plantedData({ confidence: () => null }))).toEqual([
      'consensus',
      'items',
      'missing',
      'rater-agreement',
    ]);
    expect(kinds(plantedData({ examples: 1 }))).toEqual([
      'consensus',
      'items',
      'confidence',
      'rater-agreement',
    ]);
    expect(kinds(plantedData({ examples: 6, choices: () => 1 }))).toEqual([
      'missing',
      'missing',
      'confidence',
      'rater-agreement',
    ]);
    expect(kinds(plantedData({ accuracy: [1, 1, 1], confidence: () => 1 }))).toEqual([
      'consensus',
      'items',
      'confidence',
      'rater-agreement',
    ]);
  });

  test('any small study has a report without a number that is none', () => {
    const small = fc.record({
      examples: fc.integer({ min: 1, max: 6 }),
      overlap: fc.integer({ min: 1, max: 4 }),
      right: fc.array(fc.constantFrom(0, 0.5, 1), { minLength: 1, maxLength: 4 }),
      confidence: fc.constantFrom(0, 0.5, 0.9, 1, null),
      labelled: fc.boolean(),
      size: fc.integer({ min: 1, max: 3 }),
      undrawn: fc.constantFrom(
        null,
        { n: 2, mean: 0.5, deviation: 0 },
        { n: 50, mean: 0.9, deviation: 0.1 },
      ),
      kept: fc.double({ min: 0, max: 1, noNaN: true }),
      seed: fc.string(),
    });
    fc.assert(
      fc.property(
        small,
        ({ examples, overlap, right, confidence, labelled, size, undrawn, kept, seed }) => {
          const data = plantedData({
            examples,
            overlap,
            accuracy: right,
            confidence: (example) =>
              confidence === null ? null : Math.min(1, confidence + example / 100),
            choices: (example) => (example % 2 === 0 ? size : 2),
            labelled,
            undrawn,
            seed,
          });
          const random = createRandom(seed);
          expect(() =>
            reportOf({ ...data, judgments: data.judgments.filter(() => random() < kept) }),
          ).not.toThrow();
        },
      ),
      { seed: 11, numRuns: 60 },
    );
  });
});
