import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { count, plural } from '#web/format.js';
import { Problem } from '#web/problem.js';
import { type Command, parseOptions } from '../command.js';
import { datasetAnswer } from './datasetByApi.js';
import { confirmDescription, describeBehaviour, latestDescription } from './behaviour.js';
import {
  healthOf,
  listDatasets,
  requireDataset,
  requireListedDataset,
  sourceWords,
} from './dataset.js';
import { deleteDataset } from './deletion.js';
import { importCommand } from './importCommand.js';
import { discardRows } from './imports/discard.js';
import { paceFor } from './imports/pace.js';
import { recheckDataset } from './imports/recheck.js';
import { noteRecheck } from './recheckPage.js';
import { healthSentence } from './showDataset.js';

const listCommand: Command = {
  name: 'datasets list',
  sentence: 'Lists the datasets by behaviour.',
  async run(context) {
    const datasets = await listDatasets(context.application.db);
    context.answer({ datasets: datasets.map(datasetAnswer) });
    if (datasets.length === 0)
      context.say('No dataset is here yet. Bring one in with “assay import PATH”.');
    let behaviour = '';
    for (const dataset of datasets) {
      if (dataset.behaviour_name !== behaviour) {
        behaviour = dataset.behaviour_name;
        context.say(
          `${behaviour}${dataset.confirmed_version === null ? ' (description not confirmed)' : ''}`,
        );
      }
      const health = healthOf(dataset);
      context.say(
        `  ${dataset.public_id}  ${dataset.name}, ${sourceWords[dataset.source]}${dataset.role === 'few-shot' ? ', few-shot prompts' : ''}, version ${dataset.version}: ${plural(dataset.example_count, 'example')}, ${count(dataset.example_count - health.clean)} with a finding, ${plural(dataset.study_count, 'study', 'studies')}`,
      );
    }
    return 0;
  },
};

const ConfirmOptions = z.object({
  description: z.string().trim().min(1).max(200).optional(),
  long: z.string().trim().max(4000).default(''),
});

const confirmCommand: Command = {
  name: 'datasets confirm',
  sentence:
    'Confirms a behaviour’s description for raters, after writing it where --description ' +
    'gives one.',
  arguments: [['<behaviour>', 'name of the behaviour']],
  options: [
    ['--description <text>', 'one line for raters'],
    ['--long <text>', 'a few sentences for raters'],
  ],
  async run(context, [name = ''], given) {
    const { db, now } = context.application;
    const options = parseOptions(ConfirmOptions, given);
    const behaviour = await db
      .selectFrom('behaviour')
      .selectAll()
      .where('name', '=', name)
      .executeTakeFirst();
    if (behaviour === undefined)
      throw new Problem(
        404,
        'not_found',
        `There is no behaviour called ${name}.`,
        '“assay datasets list” names them.',
      );
    const latest = await latestDescription(db, behaviour.id);
    const text =
      options.description === undefined
        ? latest
        : { short: options.description, long: options.long };
    if (text === undefined)
      throw new Problem(
        422,
        'description_missing',
        `Nobody has described ${name} yet.`,
        'Give the text with --description.',
      );
    context.say(`${text.short}${text.long === '' ? '' : `\n${text.long}`}`);
    if (!(await context.confirm('Show this to raters?'))) return 1;
    const version = await inTransaction(db, async (trx) => {
      const written =
        options.description === undefined
          ? latest
          : (
              await describeBehaviour(trx, {
                behaviourId: behaviour.id,
                text: { short: text.short, long: text.long },
                confirm: false,
                now: now(),
                accountId: null,
              })
            ).description;
      const { description, changed } = await confirmDescription(trx, {
        behaviourId: behaviour.id,
        version: written?.version ?? 0,
        now: now(),
        accountId: null,
      });
      const { version: confirmed } = description;
      if (changed)
        await recordAudit(trx, {
          at: now(),
          staff: null,
          action: 'behaviour.confirm',
          subject: `behaviour ${behaviour.public_id}`,
          detail: { version: confirmed },
        });
      return confirmed;
    });
    context.say(`Version ${version} is confirmed.`);
    context.answer({ behaviour: name, version });
    return 0;
  },
};

const deleteCommand: Command = {
  name: 'datasets delete',
  sentence: 'Deletes a dataset that no study uses.',
  arguments: [['<dataset>', 'public id of the dataset, as “datasets list” prints it']],
  async run(context, [publicId = '']) {
    const { db, now } = context.application;
    const dataset = await requireDataset(db, publicId);
    if (
      !(await context.confirm(
        `Delete ${dataset.name} version ${dataset.version} with ` +
          `${plural(dataset.example_count, 'example')} for good?`,
      ))
    )
      return 1;
    await deleteDataset(db, { dataset, now: now(), staff: null });
    await discardRows(db, dataset.id, { keepRejections: false, pace: paceFor(db, now) });
    context.say('Deleted.');
    context.answer({ deleted: publicId });
    return 0;
  },
};

const checkCommand: Command = {
  name: 'datasets check',
  sentence: 'Looks for findings in a dataset again, by the rules of today.',
  arguments: [['<dataset>', 'public id of the dataset, as “datasets list” prints it']],
  async run(context, [publicId = '']) {
    const { db, now } = context.application;
    const dataset = await requireDataset(db, publicId);
    await noteRecheck(db, dataset, { now: now(), staff: null });
    await recheckDataset(db, dataset, { pace: paceFor(db, now), signal: context.signal });
    const checked = await requireListedDataset(db, publicId);
    context.say(healthSentence(checked, healthOf(checked)));
    context.answer(datasetAnswer(checked));
    return 0;
  },
};

export const commands: readonly Command[] = [
  importCommand,
  listCommand,
  confirmCommand,
  checkCommand,
  deleteCommand,
];
