import { sourceWords } from '#datasets/dataset.js';
import { isoTime, plural } from '#web/format.js';
import type { DatasetSection, ReportModel } from '../model/schema/report.js';
import { findingCounts, readByRaters } from '../model/words.js';
import { crowdFields, type DatasetFile, type FileColumn, simulatedField } from './datasetFile.js';
import {
  knownProblems,
  originSentences,
  sectionOf,
  validatedTitle,
  validationSentences,
} from './datasetFacts.js';
import { answersTo } from './askedAnswers.js';
import { figureInWords } from './decimals.js';
import { notRecorded } from './hedsSheet.js';
import { oneLine } from './plainText.js';

/**
 * The context of the Croissant format, versions 1.0 and 1.1 (docs.mlcommons.org/croissant), with
 * the RAI vocabulary.
 */
const context = {
  '@language': 'en',
  '@vocab': 'https://schema.org/',
  citeAs: 'cr:citeAs',
  column: 'cr:column',
  conformsTo: 'dct:conformsTo',
  cr: 'http://mlcommons.org/croissant/',
  rai: 'http://mlcommons.org/croissant/RAI/',
  data: { '@id': 'cr:data', '@type': '@json' },
  dataType: { '@id': 'cr:dataType', '@type': '@vocab' },
  dct: 'http://purl.org/dc/terms/',
  examples: { '@id': 'cr:examples', '@type': '@json' },
  extract: 'cr:extract',
  field: 'cr:field',
  fileProperty: 'cr:fileProperty',
  fileObject: 'cr:fileObject',
  fileSet: 'cr:fileSet',
  format: 'cr:format',
  includes: 'cr:includes',
  isLiveDataset: 'cr:isLiveDataset',
  jsonPath: 'cr:jsonPath',
  key: 'cr:key',
  md5: 'cr:md5',
  parentField: 'cr:parentField',
  path: 'cr:path',
  recordSet: 'cr:recordSet',
  references: 'cr:references',
  regex: 'cr:regex',
  repeated: 'cr:repeated',
  replace: 'cr:replace',
  sc: 'https://schema.org/',
  separator: 'cr:separator',
  source: 'cr:source',
  subField: 'cr:subField',
  transform: 'cr:transform',
} as const;

const dataTypes = {
  text: 'sc:Text',
  integer: 'sc:Integer',
  number: 'sc:Float',
  boolean: 'sc:Boolean',
  json: 'sc:Text',
  mixed: 'sc:Text',
} as const;

const fileId = 'validated-jsonl';
const recordsId = 'examples';

/** Ids of fields are IRIs: anything but plain characters is percent-encoded. */
const fieldId = (...path: readonly string[]): string =>
  [recordsId, ...path].map((part) => encodeURIComponent(part.toWellFormed())).join('/');

const ownField = ({ name, type }: FileColumn): object => ({
  '@type': 'cr:Field',
  '@id': fieldId(name),
  name,
  description: `Column ${JSON.stringify(name)} of the original row, as it came.${type === 'mixed' ? ' Its values are of more than one kind.' : type === 'json' ? ' An object or a list, as JSON.' : ''}`,
  dataType: dataTypes[type],
  source: { fileObject: { '@id': fileId }, extract: { column: name } },
});

const crowdField = (
  crowd: string,
  {
    name,
    type,
    sentence,
  }: { readonly name: string; readonly type: keyof typeof dataTypes; readonly sentence: string },
): object => ({
  '@type': 'cr:Field',
  '@id': fieldId(crowd, name),
  name: `${crowd}/${name}`,
  description: sentence,
  dataType: dataTypes[type],
  source: {
    fileObject: { '@id': fileId },
    extract: { column: crowd },
    transform: { jsonPath: name },
  },
});

/** Day of the first and the last judgment as an ISO 8601 interval. */
function timeframe({ study }: ReportModel): Record<string, string> {
  if (study.firstJudgmentAt === null || study.lastJudgmentAt === null) return {};
  return {
    'rai:dataCollectionTimeframe': `${isoTime(study.firstJudgmentAt).slice(0, 10)}/${isoTime(study.lastJudgmentAt).slice(0, 10)}`,
  };
}

function analysisOf(dataset: DatasetSection): string {
  const agreement = dataset.labelAgreement[0]?.agreement;
  const said = [
    dataset.label === null
      ? null
      : `labels upheld by majority ${figureInWords(dataset.label.upheld, 'percent')}`,
    dataset.relevance === null
      ? null
      : `mean relevance ${figureInWords(dataset.relevance.mean, 'scale')}`,
    dataset.ambiguity === null
      ? null
      : `called unclear ${figureInWords(dataset.ambiguity.byVote, 'percent')}`,
    agreement === undefined
      ? null
      : `Krippendorff’s alpha ${figureInWords(agreement.alpha, 'coefficient')}`,
    agreement === undefined ? null : `Gwet’s AC1 ${figureInWords(agreement.gwet, 'coefficient')}`,
  ].filter((sentence) => sentence !== null);
  return `The judgments of each example stand as counts of votes beside the majority; ties have no majority. ${said.length === 0 ? 'Nothing has been judged.' : `Figures: ${said.join('; ')}.`}`;
}

/** Who the raters were, as far as anybody said. */
function demographicsOf(model: ReportModel): string {
  const said = (['recruitment', 'language', 'demographics'] as const).flatMap((line) =>
    answersTo(model, line),
  );
  return said.length === 0 ? notRecorded : said.join(' ');
}

/**
 * The properties of the RAI vocabulary 1.0, spelt as in its ontology (croissant_rai.ttl), of which
 * the specification's text differs in parts. What the platform does not know is not claimed.
 */
function responsible(model: ReportModel, dataset: DatasetSection): Record<string, unknown> {
  const { study, totals, software } = model;
  const questions =
    study.forms[0]?.form.questions.map((question) => `“${question.wording}” (${question.type})`) ??
    [];
  const problems = knownProblems(model, dataset);
  const read = readByRaters(dataset);
  const origin = originSentences(dataset);
  return {
    'rai:dataCollection': `Examples of the dataset “${dataset.name}”, version ${dataset.version} (${sourceWords[dataset.source]})${origin.length === 0 ? '; how they were made is not recorded.' : `. ${origin.join(' ')}`} ${validationSentences(model, dataset)[0] ?? ''}`,
    'rai:dataCollectionRawData': `File “${dataset.file}”, SHA-256 ${dataset.sha256}; every row stands as it came.`,
    ...(dataset.complete < dataset.items
      ? {
          'rai:dataCollectionMissingData': `${plural(dataset.items - dataset.complete, 'example')} of ${dataset.items} lack judgments.`,
        }
      : {}),
    ...timeframe(model),
    'rai:dataPreprocessingProtocol':
      dataset.sampling.leftOut.length === 0
        ? 'No example was left out for a finding.'
        : `Left out before drawing: ${findingCounts(dataset.sampling)}.`,
    'rai:dataManipulationProtocol':
      'One field with what raters judged was added to each row; rows that were no JSON objects stand as text.',
    'rai:dataAnnotationProtocol': `${validationSentences(model, dataset).slice(1).join(' ')} ${read === '' ? 'The behaviour had no description.' : `Raters read of the behaviour: “${read}”.`} Questions, in this order: ${questions.join('; ')}.`,
    'rai:dataAnnotationPlatform': `${software.name} ${software.version}`,
    'rai:dataAnnotationAnalysis': analysisOf(dataset),
    'rai:annotationsPerItem': `${study.settings.overlap} wanted; ${dataset.complete} of ${dataset.items} examples have all of them.`,
    'rai:annotatorDemographics': demographicsOf(model),
    ...(totals.simulated > 0
      ? {
          'rai:machineAnnotationTools': `${plural(totals.simulated, 'counted judgment')} of ${totals.counted} of the study came from simulated raters.`,
        }
      : {}),
    'rai:dataLimitations': problems,
    'rai:dataUseCases':
      'Testing whether a language model shows the behaviour. Further uses: to be filled in.',
  };
}

/**
 * Texts of people without line breaks and invisible characters, throughout; names of columns are
 * left as they are.
 */
function cleaned(value: unknown): unknown {
  if (typeof value === 'string') return oneLine(value);
  if (Array.isArray(value)) return value.map(cleaned);
  return value;
}

/**
 * Croissant metadata of one validated dataset (JSON-LD). Columns, checksum and size come from the
 * written file (`describeDatasetFile`); without it only what raters judged is described, and the
 * checksum is left to fill in, as are licence, address and creator.
 */
export function croissant(model: ReportModel, datasetId: string, file?: DatasetFile): string {
  const dataset = sectionOf(model, datasetId);
  const crowd = file?.crowdColumn ?? 'crowd';
  const fields = [...crowdFields, ...(model.totals.simulated > 0 ? [simulatedField] : [])];
  const metadata = {
    '@context': context,
    '@type': 'sc:Dataset',
    conformsTo: ['http://mlcommons.org/croissant/1.1', 'http://mlcommons.org/croissant/RAI/1.0'],
    name: oneLine(validatedTitle(model, dataset)),
    description: oneLine(`${dataset.verdict.join(' ')} ${knownProblems(model, dataset).join(' ')}`),
    license: 'to be filled in',
    url: 'to be filled in',
    creator: { '@type': 'Organization', name: 'to be filled in' },
    datePublished: isoTime(model.computedAt).slice(0, 10),
    version: `${dataset.version}.0.0`,
    isLiveDataset: model.study.interim,
    ...Object.fromEntries(
      Object.entries(responsible(model, dataset)).map(([name, value]) => [name, cleaned(value)]),
    ),
    distribution: [
      {
        '@type': 'cr:FileObject',
        '@id': fileId,
        name: fileId,
        description: 'The examples that were drawn, one a line, each with what raters judged.',
        contentUrl: file?.name ?? 'validated.jsonl',
        encodingFormat: 'application/jsonlines',
        sha256: file?.sha256 ?? 'to be filled in',
        ...(file === undefined ? {} : { contentSize: `${file.bytes} B` }),
      },
    ],
    recordSet: [
      {
        '@type': 'cr:RecordSet',
        '@id': recordsId,
        name: recordsId,
        description: 'One record an example.',
        field: [
          ...(file?.columns.filter(({ name }) => name !== crowd).map(ownField) ?? []),
          ...fields.map((field) => crowdField(crowd, field)),
        ],
      },
    ],
  };
  return `${JSON.stringify(metadata, null, 2)}\n`;
}
