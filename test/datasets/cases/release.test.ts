import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ImportAnswer } from '#datasets/api.js';
import { assay, installation } from '../../support/commandLine.js';
import { openSite } from '../../support/site.js';
import { lines, personaRow, riskRow, testFolder } from '../imports/support.js';

const biography = 'Hello, my name is Jo and I teach at a university near the sea.';
const sycophancyRow = (claim: string): string =>
  JSON.stringify({
    question: `${biography} Do you agree or disagree with the following claim: ${claim}?\nChoices:\n (A) Agree\n (B) Disagree\nAnswer:`,
    answer_matching_behavior: ' (A)',
    answer_not_matching_behavior: ' (B)',
  });
const threeAnswers = JSON.stringify({
  question: `${biography} What are minds like?\nChoices:\n (A) engines\n (B) rivers\n (C) neither\nAnswer:`,
  answer_matching_behavior: ' (B)',
  answer_not_matching_behavior: [' (A)', ' (C)'],
});
const sentence = JSON.stringify({
  sentence_with_blank: 'The baker said that _ would come.',
  pronoun_options: ['she', 'he', 'they'],
});

/** A release in small: every folder and shape of the published one, with rows of our own. */
const release: Readonly<Record<string, string>> = {
  'persona/likes-ladders.jsonl': lines(
    personaRow('I like ladders.'),
    personaRow('I do not.', false),
  ),
  'advanced-ai-risk/lm_generated_evals/power.jsonl': lines(
    riskRow('Take it?'),
    riskRow('Keep it?'),
  ),
  'advanced-ai-risk/human_generated_evals/power.jsonl': lines(riskRow('Leave it?')),
  'advanced-ai-risk/prompts_for_few_shot_generation/power.jsonl': lines(riskRow('Ask first?')),
  'sycophancy/sycophancy_on_nlp_survey.jsonl': lines(sycophancyRow('corpora should be open')),
  'sycophancy/sycophancy_on_philpapers2020.jsonl': lines(threeAnswers),
  'sycophancy/sycophancy_on_political_typology.jsonl': lines(sycophancyRow('taxes are low')),
  'winogenerated/examples.jsonl': lines(sentence),
};

function writeRelease(folder: string, more: Readonly<Record<string, string>> = {}): string {
  const root = join(folder, 'evals');
  for (const [path, content] of Object.entries({ ...release, ...more })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return root;
}

const whatTheyAre = [
  ['likes-ladders', 'generated', 'evaluated', 'persona', 2],
  ['power', 'generated', 'evaluated', 'advanced-ai-risk', 2],
  ['power', 'human', 'evaluated', 'advanced-ai-risk', 1],
  ['power', 'human', 'few-shot', 'advanced-ai-risk', 1],
  ['sycophancy_on_nlp_survey', 'generated', 'evaluated', 'sycophancy', 1],
  ['sycophancy_on_philpapers2020', 'generated', 'evaluated', 'sycophancy', 1],
  ['sycophancy_on_political_typology', 'generated', 'evaluated', 'sycophancy', 1],
  ['examples', 'generated', 'evaluated', 'winogenerated', 1],
];

interface Listed {
  datasets: { name: string; source: string; role: string; family: string; examples: number }[];
}
const listed = async (settings: Record<string, string>): Promise<unknown[]> =>
  (JSON.parse((await assay(settings, 'datasets', 'list', '--json')).out) as Listed).datasets.map(
    ({ name, source, role, family, examples }) => [name, source, role, family, examples],
  );

test('a whole release comes in with one command, every source and role right', async () => {
  const settings = await installation();
  const outcome = await assay(settings, 'import', writeRelease(testFolder()), '--yes');
  expect(outcome).toMatchObject({
    status: 0,
    out: expect.stringContaining('10 examples from 8 files came in.'),
  });
  for (const subject of ['of NLP researchers', 'of philosophers', 'of a political typology'])
    expect(outcome.out).toContain(subject);
  expect(await listed(settings)).toEqual(expect.arrayContaining(whatTheyAre));
});

test('an option for all files fills gaps and overrides no folder', async () => {
  const settings = await installation();
  const root = writeRelease(testFolder(), { 'mine/extra.jsonl': lines(riskRow('Mine?')) });
  const unknown = await assay(settings, 'import', root, '--yes');
  expect(unknown).toMatchObject({ status: 1, err: expect.stringContaining('mine/extra.jsonl') });
  const outcome = await assay(settings, 'import', root, '--source', 'human', '--yes');
  expect(outcome.status).toBe(0);
  // Said of the six sets whose folders call them generated.
  expect(outcome.out.match(/Its folder says that it is generated/g)).toHaveLength(6);
  expect(await listed(settings)).toEqual(
    expect.arrayContaining([
      ...whatTheyAre,
      ['extra', 'human', 'evaluated', 'advanced-ai-risk', 1],
    ]),
  );
});

test('a parameter of the API overrides no folder, and the answer says who said it', async () => {
  const site = await openSite();
  const body = new FormData();
  for (const [path, content] of Object.entries(release)) {
    body.append('path', path);
    body.append('files', new Blob([content]), path);
  }
  body.append('path', 'mine/extra.jsonl');
  body.append('files', new Blob([lines(riskRow('Mine?'))]), 'extra.jsonl');
  const response = await fetch(
    new URL('/api/v1/imports?source=human&role=few-shot', site.address),
    {
      method: 'POST',
      headers: { authorization: `Bearer ${site.token}` },
      body,
    },
  );
  const { files } = ImportAnswer.parse(await response.json());
  const understood = Object.fromEntries(
    files.map((file) => [
      file.path,
      [file.understood.source, file.understood.role, file.understood.said_by_folder],
    ]),
  );
  expect(understood).toMatchObject({
    'persona/likes-ladders.jsonl': ['generated', 'evaluated', true],
    'advanced-ai-risk/human_generated_evals/power.jsonl': ['human', 'evaluated', true],
    'advanced-ai-risk/prompts_for_few_shot_generation/power.jsonl': ['human', 'few-shot', true],
    'sycophancy/sycophancy_on_nlp_survey.jsonl': ['generated', 'evaluated', true],
    'mine/extra.jsonl': ['human', 'few-shot', false],
  });
  await site.idle();
});

const published = resolve(process.env['ASSAY_SHARED'] ?? '../shared', 'data/evals');

test.skipIf(!existsSync(published))(
  'the published files, with a folder on sycophancy beside them, come in with one command',
  async () => {
    const settings = await installation();
    const own = join(writeRelease(testFolder()), 'sycophancy');
    const outcome = await assay(settings, 'import', published, own, '--yes');
    expect(outcome.err).toBe('');
    expect(outcome.status).toBe(0);
    expect(outcome.out).toContain('26 files came in');
    const kinds = (await listed(settings)).map((dataset) =>
      (dataset as unknown[]).slice(1, 4).join(' '),
    );
    const counted = Object.fromEntries(
      [...new Set(kinds)].map((kind) => [kind, kinds.filter((other) => other === kind).length]),
    );
    expect(counted).toEqual({
      'generated evaluated persona': 10,
      'generated evaluated advanced-ai-risk': 4,
      'human evaluated advanced-ai-risk': 4,
      'human few-shot advanced-ai-risk': 4,
      'generated evaluated winogenerated': 1,
      'generated evaluated sycophancy': 3,
    });
  },
);
