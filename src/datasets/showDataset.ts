import { z } from 'zod';
import { count, plural } from '#web/format.js';
import { findStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import {
  type Dataset,
  healthOf,
  type ListedDataset,
  listDatasets,
  listVersions,
  remarkOn,
  requireListedDataset,
  sourceWords,
} from './dataset.js';
import {
  datasetFindingTitle,
  excludesByDefault,
  findingNames,
  findingSentence,
  findingTitle,
} from './findingWords.js';
import { generatedFrom, generationHref, publicationHref } from './generated.js';
import { detectorVersion } from './findings/findings.js';
import { type Health, missingLabels } from './health.js';
import { isBeingChecked } from './recheckPage.js';
import { type Sample, samplesFrom, samplesWithFinding } from './samples.js';

const shown = 5;

/**
 * How evenly the labels are spread, in words: balanced means that the rarest of them comes at least
 * 90 % as often as it would.
 */
export function balanceSentence(health: Health): string {
  if (health.labels.length === 0) return 'It has no labels of its own.';
  const total = health.labels.reduce((sum, label) => sum + label.count, 0);
  const [most] = health.labels;
  const least = health.labels.at(-1);
  if (most === undefined || least === undefined) return '';
  if (health.labels.length === 1) return `Every label is “${most.key}”.`;
  if (least.count >= (0.9 * total) / health.labels.length) return 'Labels are balanced.';
  return `Labels are uneven: “${most.key}” on ${count(most.count)} of ${count(total)}.`;
}

/** What the health check means, in two or three plain sentences. */
export function healthSentence(dataset: Pick<Dataset, 'example_count'>, health: Health): string {
  const examples = dataset.example_count;
  const found = Object.entries(health.findings).sort((a, b) => b[1] - a[1]);
  const first =
    health.clean === examples
      ? examples === 1
        ? 'The one example has no finding.'
        : `None of ${count(examples)} examples has a finding.`
      : `${count(health.clean)} of ${plural(examples, 'example')} ${health.clean === 1 ? 'has' : 'have'} no finding.`;
  const [top, second, ...rest] = found.map(
    ([name, number]) => `“${findingTitle(name)}” stands on ${count(number)}`,
  );
  const most =
    top === undefined
      ? ''
      : second === undefined
        ? ` ${top}.`
        : ` ${top}, ${second}${rest.length > 0 ? `, and there ${rest.length === 1 ? 'is one more kind' : `are ${rest.length} more kinds`}` : ''}.`;
  const doubtful =
    health.doubtful > 0
      ? ` Studies leave ${count(health.doubtful)} out unless you choose otherwise.`
      : '';
  const missing = missingLabels(health.unlabelled, examples);
  return `${first}${most}${doubtful} ${missing === null ? '' : `${missing}. `}${balanceSentence(health)}`;
}

const Provenance = z.record(z.string(), z.unknown());
const provenanceWords: Readonly<Record<string, string>> = {
  path: 'Path',
  generator: 'Generator',
  prompt: 'Prompt',
  discriminator: 'Discriminator',
  purpose: 'Purpose',
  responsible: 'Responsible',
  pipeline: 'Pipeline',
  pipeline_sha256: 'Pipeline, sha256',
  generation: 'Generation',
  publication: 'Publication',
  removed_after: 'Texts are removed after',
};

interface Fact {
  readonly name: string;
  readonly value: string;
  readonly href?: string;
}

function provenanceOf(dataset: ListedDataset): Fact[] {
  const facts = Provenance.parse(JSON.parse(dataset.provenance));
  const from = generatedFrom(dataset.provenance);
  const hrefs = new Map(
    from === null
      ? []
      : [
          ['generation', generationHref(from)],
          ['publication', publicationHref(from)],
        ],
  );
  return Object.entries(provenanceWords).flatMap(([key, name]) => {
    const value = facts[key];
    if (typeof value !== 'string' || value === '') return [];
    const href = hrefs.get(key);
    return [{ name, value, ...(href === undefined ? {} : { href }) }];
  });
}

async function samplesFor(
  db: Parameters<typeof samplesFrom>[0],
  dataset: ListedDataset,
  health: Health,
  selected: string | undefined,
): Promise<{ samples: Sample[]; title: string; note: string; advice: string }> {
  if (selected === undefined)
    return {
      samples: await samplesFrom(db, dataset.id, 0, shown),
      title: 'Examples',
      note: 'the first of them',
      advice: '',
    };
  const number = health.findings[selected] ?? 0;
  return {
    samples: await samplesWithFinding(db, dataset.id, selected, shown),
    title: findingTitle(selected),
    note: `${plural(number, 'example')}${number > shown ? ', the first of them' : ''}`,
    advice: `${findingSentence(selected)} ${excludesByDefault(selected) ? 'Left out of studies unless you choose otherwise. The rows stay as they came.' : 'A remark: studies keep these unless you choose otherwise.'}`,
  };
}

/** Whether two datasets are what one publication kept and dropped. */
function isOtherPart(dataset: ListedDataset, other: ListedDataset): boolean {
  const publication = generatedFrom(dataset.provenance)?.publication;
  return (
    publication !== undefined &&
    other.part !== dataset.part &&
    generatedFrom(other.provenance)?.publication === publication
  );
}

/** GET /datasets/:dataset?finding=: the health check, with samples of one finding. */
export const showDataset: Handler = async (request, response, application) => {
  const { db } = application;
  const dataset = await requireListedDataset(db, String(request.params['dataset']));
  const health = healthOf(dataset);
  const found = Object.entries(health.findings).sort((a, b) => b[1] - a[1]);
  const asked = typeof request.query['finding'] === 'string' ? request.query['finding'] : undefined;
  const selected = found.some(([name]) => name === asked) ? asked : found[0]?.[0];
  const { samples, title, note, advice } = await samplesFor(db, dataset, health, selected);
  const labels = health.labels.reduce((sum, label) => sum + label.count, 0);
  const others = (await listDatasets(db)).filter(
    (other) =>
      other.behaviour_id === dataset.behaviour_id &&
      (isOtherPart(dataset, other) ||
        (other.part !== 'dropped' &&
          dataset.part !== 'dropped' &&
          (other.source !== dataset.source || other.role !== dataset.role))),
  );
  const href = `/datasets/${dataset.public_id}`;
  renderPage(request, response, application, {
    view: 'datasets/show',
    shell: {
      layout: 'staff',
      title: `${dataset.name}, ${sourceWords[dataset.source]}`,
      section: 'datasets',
      styles: ['css/datasets.css'],
    },
    page: {
      href,
      name: dataset.name,
      source: dataset.source,
      sourceWord: sourceWords[dataset.source],
      remark: remarkOn(dataset),
      version: dataset.version,
      examples: dataset.example_count,
      fileName: dataset.file_name,
      byteCount: dataset.byte_count,
      formatName: dataset.format,
      sha256: dataset.sha256,
      sentence: healthSentence(dataset, health),
      confirmed: dataset.confirmed_version !== null,
      behaviour: dataset.behaviour_name,
      behaviourHref: `/datasets/behaviours/${dataset.behaviour_public_id}`,
      rejected: dataset.rejected_count,
      dropped: dataset.dropped_duplicate_count,
      findings: found.map(([name, number]) => ({
        name,
        sentence: findingTitle(name),
        count: number,
        selected: name === selected,
      })),
      clean: findingNames
        .filter((name) => !(name in health.findings))
        .map((name) => findingTitle(name).toLowerCase()),
      datasetFindings: health.dataset.map(({ name, detail }) => ({
        title: datasetFindingTitle(name),
        detail,
      })),
      labels: health.labels.map((label) => ({
        ...label,
        share: labels === 0 ? 0 : label.count / labels,
      })),
      unlabelled: missingLabels(health.unlabelled, dataset.example_count),
      counterparts: others.map((other) => ({
        href: `/datasets/${other.public_id}`,
        words:
          `${(isOtherPart(dataset, other) || other.role === 'few-shot' ? remarkOn(other) : null) ?? sourceWords[other.source]} ` +
          `version ${other.version}`,
      })),
      versions: (await listVersions(db, dataset)).map((entry) => ({
        version: entry.version,
        href: `/datasets/${entry.public_id}`,
        at: entry.visible_at ?? entry.created_at,
        current: entry.id === dataset.id,
      })),
      provenance: [...provenanceOf(dataset), { name: 'Family', value: dataset.family }],
      samples,
      samplesTitle: title,
      samplesNote: note,
      samplesAdvice: advice,
      detector: dataset.detector,
      newest: detectorVersion,
      checking: await isBeingChecked(db, dataset),
      mayWrite: findStaff(request)?.role === 'admin',
    },
  });
};
