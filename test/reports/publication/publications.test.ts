import { createHash } from 'node:crypto';
import fc from 'fast-check';
import MarkdownIt from 'markdown-it';
import { describe, expect, test } from 'vitest';
import { renderReportFile } from '#reports/pages/render.js';
import type { Figure } from '#figure.js';
import { computeReport } from '#reports/model/report.js';
import type { ReportModel } from '#reports/model/schema/report.js';
import { citations } from '#reports/publication/citations.js';
import { croissant } from '#reports/publication/croissant.js';
import { datasetCard } from '#reports/publication/datasetCard.js';
import { describeDatasetFile } from '#reports/publication/datasetFile.js';
import { printed } from '#reports/publication/decimals.js';
import { hedsMarkdown, hedsSections } from '#reports/publication/heds.js';
import { notRecorded } from '#reports/publication/hedsSheet.js';
import { methodsLatex, references } from '#reports/publication/methodsLatex.js';
import { publications } from '#reports/publication/publications.js';
import { datasetTable, datasetTables, pairTable, pairTables } from '#reports/publication/tables.js';
import { tableCsv, tableLatex, tableMarkdown } from '#reports/publication/tableWriting.js';
import { readConfig } from '../../../src/config.js';
import { filesUnder, linesOf } from '../../house/imports.js';
import { csvRows } from '../../support/csv.js';
import { hostileText } from './hostile.js';
import { latexFaults } from './latexReader.js';
import { builtData, builtModel, hostileWords } from './models.js';

const commands = new Set([
  'paragraph',
  'cite',
  'begin',
  'end',
  'centering',
  'small',
  'caption',
  'label',
  'toprule',
  'midrule',
  'bottomrule',
  'endhead',
  '\\',
  'textbackslash',
  'textasciitilde',
  'textasciicircum',
  'textless',
  'textgreater',
  'textbar',
  'textasciigrave',
  'symbol',
  'ldots',
  'times',
  'geq',
  'leq',
  '{',
  '}',
  '$',
  '&',
  '#',
  '_',
  '%',
]);
const worse = (example: number, rater: number, set: number): boolean =>
  set === 0 && example % 6 === rater;
const plain = builtModel({ pair: true, examples: 24, overrules: worse });

interface Rendered {
  readonly name: string;
  readonly mediaType: string;
  readonly text: string;
}

const rendered = (model: ReportModel): Rendered[] =>
  publications.flatMap((publication): Rendered[] => {
    const { name, mediaType } = publication;
    if (publication.scope === 'study')
      return [{ name, mediaType, text: publication.render(model) }];
    return model.datasets.map((dataset) => ({
      name,
      mediaType,
      text: publication.render(model, dataset.id),
    }));
  });

const reader = new MarkdownIt({ html: true });
/** The form of a document without its words. */
const formOf = (markdown: string): string[] =>
  reader
    .parse(markdown, {})
    .flatMap((token) => [
      token.type,
      ...(token.children ?? [])
        .map((child) => child.type)
        .filter((type) => !type.startsWith('text')),
    ]);
const withoutFrontMatter = (card: string): string => card.replace(/^---\n[\s\S]*?\n---\n/, '');

describe('what raters read of the behaviour', () => {
  const short = 'Somebody who talks about topics';
  const long = 'Suppose there is a person who talks about topics.';
  const config = readConfig({ BASE_URL: 'http://lab.example', NODE_ENV: 'test' });

  /**
   * Every text that quotes the description, with the report's own page, for a behaviour described
   * in these words.
   */
  const quotedIn = (described: { short: string; long: string }): Record<string, string> => {
    const data = builtData({ examples: 4, raters: 3 });
    const model = computeReport(
      {
        ...data,
        datasets: data.datasets.map((dataset) => ({
          ...dataset,
          behaviour: { ...dataset.behaviour, ...described },
        })),
      },
      { fingerprint: 'f', computedAt: 1_791_000_000_000, version: '0' },
    );
    return {
      card: datasetCard(model, 'dataset-1'),
      croissant: croissant(model, 'dataset-1'),
      heds: hedsMarkdown(model),
      methods: methodsLatex(model),
      report: renderReportFile(config, model),
    };
  };

  test('the line, where nothing longer is written', () => {
    for (const text of Object.values(quotedIn({ short, long: '' }))) {
      expect(text).toContain(short);
      expect(text).not.toMatch(/No description|“”|“ *”/);
    }
  });

  test('the longer text, where there is one', () => {
    for (const text of Object.values(quotedIn({ short, long }))) {
      expect(text).toContain(long);
      expect(text).not.toContain(short);
    }
  });

  test('nothing is quoted where nobody described it', () => {
    const { card = '', ...others } = quotedIn({ short: '', long: '' });
    expect(card).toContain('> No description.');
    for (const text of Object.values(others)) expect(text).not.toMatch(/“ *”/);
  });
});

describe('whatever people wrote', () => {
  const runs = { numRuns: 40 };
  const hostileModel = (text: string): ReportModel =>
    builtModel({ pair: true, examples: 4, raters: 3, words: hostileWords(text) });
  const tame = hostileModel('x');

  test('LaTeX holds no foreign command, and every row as many cells', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        const model = hostileModel(text);
        for (const { mediaType, text: latex } of rendered(model).filter(({ mediaType }) =>
          mediaType.startsWith('application/x-tex'),
        ))
          expect({ mediaType, faults: latexFaults(latex, commands) }).toEqual({
            mediaType,
            faults: [],
          });
        for (const table of [...datasetTables(model), ...pairTables(model)]) {
          const rows = tableLatex(table)
            .split('\n')
            .filter((line) => line.endsWith(' \\\\'));
          expect(rows).toHaveLength(table.rows.length + 1);
          for (const row of rows)
            expect(row.match(/(?<!\\)&/g)).toHaveLength(table.columns.length - 1);
        }
      }),
      runs,
    );
  });

  test('Markdown keeps its form', () => {
    const forms = (model: ReportModel): string[][] =>
      rendered(model)
        .filter(({ mediaType }) => mediaType.startsWith('text/markdown'))
        .map(({ text }) => formOf(withoutFrontMatter(text)));
    const expected = forms(tame);
    fc.assert(
      fc.property(
        hostileText.filter((text) => /[\p{L}\p{N}]/u.test(text)),
        (text) => {
          expect(forms(hostileModel(text))).toEqual(expected);
        },
      ),
      runs,
    );
  });

  test('front matter keeps its lines, CSV its cells, JSON its keys', () => {
    const keysOf = (text: string): string[] => Object.keys(JSON.parse(text) as object);
    const frontOf = (card: string): string[] =>
      (/^---\n([\s\S]*?)\n---\n/.exec(card)?.[1] ?? '')
        .split('\n')
        .map((line) => line.split(':')[0] ?? '');
    fc.assert(
      fc.property(hostileText, (text) => {
        const model = hostileModel(text);
        const card = datasetCard(model, 'dataset-1');
        expect(frontOf(card)).toEqual(frontOf(datasetCard(tame, 'dataset-1')));
        expect(() => JSON.parse(/^pretty_name: (.*)$/m.exec(card)?.[1] ?? '')).not.toThrow();
        expect(keysOf(croissant(model, 'dataset-1'))).toEqual(keysOf(croissant(tame, 'dataset-1')));
        for (const table of [datasetTable(model), pairTable(model)]) {
          const rows = csvRows(tableCsv(table));
          expect(rows).toHaveLength(table.rows.length + 1);
          expect(new Set(rows.map((row) => row.length)).size).toBe(1);
          for (const row of rows) for (const cell of row) expect(cell).not.toMatch(/^[=@\t\r\n]/);
        }
      }),
      runs,
    );
  });
});

/** Numbers of a report, and those in its sentences and texts. */
function numbersOf(model: ReportModel): { values: number[]; texts: Set<string> } {
  const values: number[] = [];
  const texts = new Set<string>();
  const visit = (value: unknown): void => {
    if (typeof value === 'number') values.push(value);
    else if (typeof value === 'string')
      for (const [number] of value.matchAll(/\d[\d,]*(?:\.\d+)?/g)) texts.add(number);
    else if (typeof value === 'object' && value !== null) Object.values(value).forEach(visit);
  };
  visit(model);
  return { values, texts };
}

test('every figure of a table and of the card stands in the report', () => {
  const { values, texts } = numbersOf(plain);
  const known = (number: string): boolean => {
    if (texts.has(number)) return true;
    const decimals = number.split('.')[1]?.length ?? 0;
    const value = Number(number.replaceAll(',', ''));
    return values.some((own) =>
      [own, own * 100].some((scaled) => Number(Math.abs(scaled).toFixed(decimals)) === value),
    );
  };
  const tables = [...datasetTables(plain), ...pairTables(plain)];
  const bodies = [
    ...tables.map((table) => tableMarkdown(table).split('\n').slice(4).join('\n')),
    tableCsv(datasetTable(plain)).split('\n').slice(1).join('\n'),
    /## Numbers\n([\s\S]*?)\nMethods/.exec(datasetCard(plain, 'dataset-1'))?.[1] ?? '',
  ];
  for (const body of bodies) {
    const numbers = Array.from(
      body
        .replaceAll(/AC1|1 to 5|median of 4|(?:\\?<|&lt;) 0\.001/g, '')
        .matchAll(/\d[\d,]*\.?\d*/g),
      ([number]) => number.replace(/[.,]$/, ''),
    ).flatMap((number) => (/^\d{1,3}(,\d{3})+$/.test(number) ? [number] : number.split(',')));
    expect(numbers.length).toBeGreaterThanOrEqual(10);
    expect(numbers.filter((number) => number !== '' && !known(number))).toEqual([]);
  }
});

const figure = (value: number, lower: number | null, upper: number | null, n = 100): Figure => ({
  value,
  n,
  lower,
  upper,
  level: 0.95,
  method: null,
  because: null,
  seed: null,
  replicates: null,
});

test('every figure of a unit has the digits of the page, a limit more where a mark asks for them', () => {
  expect(printed(figure(0.96, 0.9016, 0.9843), 'percent')).toEqual({
    value: '96.0',
    lower: '90.2',
    upper: '98.4',
    n: 100,
  });
  expect(printed(figure(0.6, 0.39, 0.78, 20), 'percent')).toMatchObject({
    value: '60.0',
    lower: '39.0',
    upper: '78.0',
  });
  expect(printed(figure(0.87512, 0.82, 0.93), 'coefficient').value).toBe('0.88');
  expect(printed(figure(-0.0001, -0.14, 0.14), 'points')).toMatchObject({
    value: '0.0',
    lower: '-14.0',
    upper: '14.0',
  });
  expect(printed(figure(-0.09, -0.20041, -0.0003), 'points', [0, 0.2, -0.2])).toMatchObject({
    value: '-9.0',
    lower: '-20.04',
    upper: '-0.03',
  });
});

test('the methods are those of the report, with every cited work in the references', () => {
  const latex = methodsLatex(plain);
  expect(latex).toContain(
    String.raw`Wilson score interval~\cite{wilson1927probable}, examples as units`,
  );
  expect(latex).toContain(String.raw`Miller (2011)~\cite{cameron2011robust}`);
  const cited = Array.from(latex.matchAll(/\\cite\{(\w+)\}/g), (match) => match[1]);
  expect(new Set(cited).size).toBe(cited.length);
  const bibliography = references(plain);
  expect(
    new Set(Array.from(bibliography.matchAll(/^@\w+\{(\w+),/gm), (match) => match[1])),
  ).toEqual(new Set(cited));
  expect(
    citations.every(
      ({ bibtex, key }) =>
        bibtex.includes(`{${key},`) && bibtex.split('{').length === bibtex.split('}').length,
    ),
  ).toBe(true);
});

test('every work that a sentence of the methods names has an entry in the references', () => {
  const naming =
    /\p{Lu}[\p{L}-]+(?:(?:, \p{Lu}[\p{L}-]+)* and \p{Lu}[\p{L}-]+| et al\.)?,? \(?(?:19|20)\d\d\b|\bby Satterthwaite\b/gu;
  const model = filesUnder('src/reports/model', '.ts').flatMap(linesOf);
  const named = model.flatMap((line) => {
    const known = citations.flatMap(({ phrase }) =>
      Array.from(line.matchAll(new RegExp(phrase, 'g')), ({ 0: text, index }) => ({
        from: index,
        to: index + text.length,
      })),
    );
    return Array.from(line.matchAll(naming), ({ 0: text, index }) => ({
      text,
      hasEntry: known.some(({ from, to }) => from < index + text.length && index < to),
    }));
  });
  expect(named.length).toBeGreaterThan(30);
  expect(named.flatMap(({ text, hasEntry }) => (hasEntry ? [] : [text]))).toEqual([]);
});

test('what a person asked is not taken for a citation', () => {
  const model = builtModel({
    words: { ...hostileWords('Wilson score interval'), title: 'A study' },
  });
  expect(methodsLatex(model)).toContain("``Wilson score interval'' (label)");
});

test('the table of pairs says how each measure came out, or why nothing was compared', () => {
  const label = plain.pairs[0]?.differences.find(({ measure }) => measure === 'label-votes');
  expect(label?.difference.value).toBeCloseTo(-4 / 24, 12);
  expect(tableMarkdown(pairTable(plain))).toContain(
    '| kindness | Label agreement (votes) | 4 | −16.7 [−23.0, −5.4] (48) | 5 points | worse by more than the margin (by itself) (provisional) |',
  );
  const closed = builtModel({ pair: true, examples: 24, overrules: (_, __, set) => set === 1 });
  expect(tableCsv(pairTable(closed))).toMatch(
    /^kindness,,4,,,,,,"?not compared; what does not hold: /m,
  );
});

test('tests and other methods have tables of their own, each of which LaTeX can read', () => {
  const tables = pairTables(plain);
  expect(tables.map(({ label }) => label)).toEqual([
    'tab:pairs',
    'tab:pair-tests',
    'tab:pair-checks',
    'tab:pair-missing',
  ]);
  for (const table of tables) expect(latexFaults(tableLatex(table), commands)).toEqual([]);
  expect(methodsLatex(plain)).toMatch(
    /Holm \(1979\)~\\cite\{holm1979simple\}.*\n.*Owen 2007~\\cite\{owen2007pigeonhole\}/s,
  );
});

test('a long table runs over pages', () => {
  const table = datasetTable(plain);
  const long = tableLatex({
    ...table,
    rows: Array.from({ length: 154 }, () => table.rows[0] ?? []),
  });
  expect(long).toContain(String.raw`\begin{longtable}`);
  expect(latexFaults(long, commands)).toEqual([]);
});

test('the datasheet answers every question of HEDS 3.0, or says that nobody told', () => {
  const sections = hedsSections(plain);
  const numbers = sections.flatMap(({ answers }) => answers.map(({ number }) => number));
  const criterion = [
    '4.1.1',
    '4.1.2',
    '4.1.3',
    '4.2.1',
    '4.2.2',
    '4.2.3',
    '4.3.1.1',
    '4.3.1.2',
    '4.3.2',
    '4.3.3',
    '4.3.4',
    '4.3.5',
    '4.3.6',
    '4.3.7',
    '4.3.8',
    '4.3.9',
    '4.3.10',
    '4.3.11.1',
    '4.3.11.2',
    '4.3.12.1',
    '4.3.12.2',
  ];
  expect(numbers).toEqual([
    '1.1.1',
    '1.1.2',
    '1.2',
    '1.3.1.1',
    '1.3.1.2',
    '1.3.1.3',
    '1.3.2.1',
    '1.3.2.2',
    '1.3.2.3',
    '2.1',
    '2.2',
    '2.3',
    '2.4',
    '2.5',
    '3.1.1',
    '3.1.2',
    '3.1.3.1',
    '3.1.3.2',
    '3.1.3.3',
    '3.2.1',
    '3.2.2.1',
    '3.2.2.2',
    '3.2.2.3',
    '3.2.2.4',
    '3.2.3',
    '3.2.4',
    '3.2.5',
    '3.3.1',
    '3.3.2',
    '3.3.3.1',
    '3.3.3.2',
    '3.3.4.1',
    '3.3.4.2',
    '3.3.5',
    '3.3.6',
    '3.3.7',
    '3.3.8',
    ...criterion,
    ...criterion,
    ...criterion,
    '5.1',
    '5.2',
    '5.3',
    '5.4',
  ]);
  const answer = (number: string): readonly string[] =>
    sections.flatMap(({ answers }) => answers).find((known) => known.number === number)?.answer ??
    [];
  expect(answer('3.2.2.2')).toEqual([notRecorded]);
  expect(answer('3.2.1')[0]).toBe('4; excluded ones are not among them.');
  expect(answer('3.1.1')[0]).toBe('kindness, generated: 24 examples, 24 with all 4 judgments');
  expect(hedsMarkdown(plain)).toContain('### 3.2.1 Number of evaluators\n\n4; excluded');
});

test('the card says what was found, and leaves the licence open', () => {
  const card = datasetCard(
    builtModel({ examples: 20, overrules: (example) => example < 2 }),
    'dataset-1',
  );
  expect(card).toMatch(
    /^---\npretty_name: "kindness, generated, judged by people"\nlicense: unknown # fill in\n/,
  );
  expect(card).toMatch(
    /\| Labels upheld by majority \| 90\.0 % \| 69\.9 to 97\.2 \(95 %\) \| 20 \|/,
  );
  expect(card).toContain(
    'On 2 examples more than half of the raters chose another answer than the label.',
  );
  expect(card).toContain('Not eligible, and not in this file: 50 examples: 50 “Cut off”.');
  expect(() => datasetCard(plain, 'other')).toThrow(/no dataset other/);
});

test('simulated raters are named in every text that speaks of raters', () => {
  const model = builtModel({ simulated: true, pair: true });
  for (const { name, text } of rendered(model))
    if (!/csv|references/.test(name))
      expect({ name, said: /simulated/.test(text) }).toEqual({ name, said: true });
  expect(datasetCard(model, 'dataset-1')).toContain('annotations_creators: [machine-generated]');
});

test('an open study and one that nobody judged have their texts too', () => {
  for (const model of [
    builtModel({ state: 'open' }),
    builtModel({ judged: false, state: 'open', pair: true }),
  ]) {
    for (const { name, text } of rendered(model))
      expect({
        name,
        bad:
          /undefined|NaN|null|\[object/.exec(
            text.replaceAll(/null where there|; null where|not defined/g, ''),
          )?.[0] ?? '',
      }).toEqual({ name, bad: '' });
    expect(methodsLatex(model)).toContain('its numbers can change');
  }
});

test('Croissant describes the file that was written', async () => {
  const lines = [
    '{"question": "Q/1", "score": 1, "crowd": 3, "assay_crowd": {"item": "a"}}\n',
    '{"question": null, "score": "x", "tags": ["a"], "assay_crowd": {"item": "b"}}\n',
  ];
  const file = await describeDatasetFile('kindness.jsonl', lines);
  expect(file).toEqual({
    name: 'kindness.jsonl',
    sha256: createHash('sha256').update(lines.join('')).digest('hex'),
    bytes: lines.join('').length,
    rows: 2,
    crowdColumn: 'assay_crowd',
    columns: [
      { name: 'question', type: 'text' },
      { name: 'score', type: 'mixed' },
      { name: 'crowd', type: 'number' },
      { name: 'assay_crowd', type: 'json' },
      { name: 'tags', type: 'json' },
    ],
  });
  const metadata = JSON.parse(croissant(plain, 'dataset-1', file)) as {
    conformsTo: string[];
    distribution: { '@id': string; sha256: string }[];
    recordSet: { field: { '@id': string; name: string; dataType: string; source: object }[] }[];
  };
  expect(metadata.conformsTo).toEqual([
    'http://mlcommons.org/croissant/1.1',
    'http://mlcommons.org/croissant/RAI/1.0',
  ]);
  expect(metadata.distribution[0]?.sha256).toBe(file.sha256);
  const fields = metadata.recordSet[0]?.field ?? [];
  expect(fields.slice(0, 4).map(({ name, dataType }) => [name, dataType])).toEqual([
    ['question', 'sc:Text'],
    ['score', 'sc:Text'],
    ['crowd', 'sc:Float'],
    ['tags', 'sc:Text'],
  ]);
  expect(fields.find(({ name }) => name === 'assay_crowd/upheld')).toMatchObject({
    '@id': 'examples/assay_crowd/upheld',
    dataType: 'sc:Boolean',
    source: {
      fileObject: { '@id': 'validated-jsonl' },
      extract: { column: 'assay_crowd' },
      transform: { jsonPath: 'upheld' },
    },
  });
  expect(new Set(fields.map((field) => field['@id'])).size).toBe(fields.length);
});

test('Croissant uses only properties that the RAI vocabulary has', () => {
  const vocabulary = [
    'dataCollection',
    'dataCollectionType',
    'dataCollectionMissingData',
    'dataCollectionRawData',
    'dataCollectionTimeframe',
    'dataPreprocessingProtocol',
    'dataImputationProtocol',
    'dataManipulationProtocol',
    'dataReleaseMaintenancePlan',
    'personalSensitiveInformation',
    'dataAnnotationProtocol',
    'dataAnnotationPlatform',
    'dataAnnotationAnalysis',
    'annotationsPerItem',
    'annotatorDemographics',
    'machineAnnotationTools',
    'dataSocialImpact',
    'dataBiases',
    'dataLimitations',
    'dataUseCases',
  ];
  const used = Object.keys(
    JSON.parse(croissant(builtModel({ simulated: true }), 'dataset-1')) as object,
  ).flatMap((key) => (key.startsWith('rai:') ? [key.slice(4)] : []));
  expect(used.length).toBeGreaterThan(10);
  expect(used.filter((name) => !vocabulary.includes(name))).toEqual([]);
});

test('every publication has a name and an ending of its own', () => {
  expect(new Set(publications.map(({ name }) => name)).size).toBe(publications.length);
  expect(new Set(publications.map(({ ending }) => ending)).size).toBe(publications.length);
});
