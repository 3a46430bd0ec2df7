import type { Request } from 'express';
import { visible } from '#datasets/browse.js';
import { requireGeneration } from '#generation/generation.js';
import { difference, plain, range, share, shareRange } from '#reports/pages/cells.js';
import type { Figure } from '#figure.js';
import { fixed } from '#web/format.js';
import type { Application } from '#web/application.js';
import { requireStaff } from '#web/identity.js';
import { renderPage } from '#web/render.js';
import type { Handler } from '#web/route.js';
import { computeRound } from './computing.js';
import { followersOf, studiesOf } from './list.js';
import { changesText, fileWithChanges } from './file.js';
import type { Difference, PromptFound, Round, StageFound } from './schema.js';

const shell = {
  layout: 'staff',
  section: 'generations',
  styles: ['css/datasets.css', 'css/generation.css'],
} as const;

/** A number with its interval, or why there is none. */
interface Cell {
  readonly value: string;
  readonly beside: string;
}
const shareCell = (figure: Figure): Cell => ({ value: share(figure), beside: shareRange(figure) });
const plainCell = (figure: Figure, digits = 2): Cell => ({
  value: plain(figure, digits),
  beside: range(figure, digits),
});

const measureWords = { upheld: 'labels upheld', relevance: 'relevance' } as const;

function differenceShown({ measure, first, second, ...found }: Difference): object {
  const { value, lower, upper, because } = found.difference;
  const quantity = measure === 'upheld' ? 'points' : 'scale';
  const factor = measure === 'upheld' ? 100 : 1;
  const limits =
    lower === null || upper === null
      ? (because ?? '')
      : `${fixed(lower * factor, factor === 1 ? 2 : 1)} to ${fixed(upper * factor, factor === 1 ? 2 : 1)}`;
  return {
    what: `Prompt ${first + 1} minus prompt ${second + 1}`,
    measure: measureWords[measure],
    value: difference(value, quantity),
    beside: limits,
    p: found.adjusted === null ? '–' : found.adjusted < 0.001 ? '< .001' : fixed(found.adjusted, 3),
    says:
      found.shown === null
        ? found.p === null
          ? 'not compared'
          : 'not shown'
        : `prompt ${(found.shown === 'first-worse' ? first : second) + 1} is worse`,
  };
}

const promptShown = (found: PromptFound, out: ReadonlySet<number>): object => ({
  number: found.prompt + 1,
  text: visible(found.text),
  out: out.has(found.prompt),
  written: found.written,
  wellFormed: found.wellFormed,
  kept: found.kept,
  judged: found.judged,
  judgments: found.judgments,
  upheld: shareCell(found.upheld),
  byMajority: shareCell(found.byMajority),
  relevance: found.relevance === null ? null : plainCell(found.relevance),
  texts:
    found.texts === null
      ? null
      : {
          repeated: shareCell(found.texts.repeated),
          distinct2: plainCell(found.texts.distinct2),
          selfBleu: plainCell(found.texts.selfBleu),
          vendi: plainCell(found.texts.vendi, 1),
        },
});

function stageShown(stage: StageFound): object {
  const out = new Set(stage.leftOut.map(({ prompt }) => prompt));
  return {
    number: stage.position + 1,
    shown: stage.shown,
    prompts: stage.prompts.map((found) => promptShown(found, out)),
    relevance: stage.prompts.some(({ relevance }) => relevance !== null),
    differences: stage.differences.map(differenceShown),
    sizes: stage.sizes,
    textsBecause: stage.textsBecause,
  };
}

const namesOf = (request: Request): { generation: string; study: string } => ({
  generation: String(request.params['generation']),
  study: String(request.params['study']),
});

const roundFor = (request: Request, application: Application): Promise<Round> =>
  computeRound(application, namesOf(request));

/** GET /generations/:generation/rounds: the studies that judged it, and what followed. */
export const showRounds: Handler = async (request, response, application) => {
  const { db } = application;
  const generation = await requireGeneration(db, String(request.params['generation']));
  renderPage(request, response, application, {
    view: 'rounds/list',
    shell: { ...shell, title: `Rounds: ${generation.name}` },
    page: {
      href: `/generations/${generation.public_id}`,
      name: generation.name,
      studies: await studiesOf(db, generation),
      followers: await followersOf(db, generation),
    },
  });
};

/** GET /generations/:generation/rounds/:study: its prompts compared, and the next round. */
export const showRound: Handler = async (request, response, application) => {
  const round = await roundFor(request, application);
  const { generation, study, proposal } = round;
  renderPage(request, response, application, {
    view: 'rounds/show',
    shell: { ...shell, title: `Round: ${generation.name}` },
    page: {
      href: `/generations/${generation.id}`,
      mayRun: requireStaff(request).role === 'admin',
      generation,
      study,
      dataset: round.dataset,
      interim: round.interim,
      simulated: round.simulated,
      labelsBecause: round.labelsBecause,
      tests: round.tests,
      stages: round.stages.map(stageShown),
      changes: proposal.changes.map(({ what, why }) => ({
        what: visible(what),
        why: visible(why),
      })),
      notes: proposal.notes,
      source: fileWithChanges(round),
      changesText: changesText(proposal),
    },
  });
};

/** GET /generations/:generation/rounds/:study/pipeline.yaml: the next round as a file. */
export const downloadRound: Handler = async (request, response, application) => {
  const round = await roundFor(request, application);
  response
    .set('cache-control', 'private, no-store')
    .attachment('next-round.yaml')
    .type('application/yaml')
    .send(fileWithChanges(round));
};
