import { z } from 'zod';
import { Problem } from '#web/problem.js';
import type { Command, CommandContext } from '../command.js';
import {
  blankModel,
  type Entered,
  type EnteredField,
  enteredFields,
  formNames,
  readEntered,
} from './entered.js';
import { addModel, listModels, modelName, requireModelNamed, retireModel } from './model.js';
import { kindsInWords, linesOf, priceInWords } from './modelWords.js';
import { providers, refuseUnreachable } from './open.js';
import { latestProbes, probeNow } from './probing.js';

const Options = z.record(z.string(), z.union([z.string(), z.array(z.string())]));

/** `priceInput` → `--price-input`. */
const optionOf = (field: EnteredField): string =>
  field === 'name'
    ? 'The name'
    : field === 'traits'
      ? '--trait'
      : `--${field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** The options of `models add` as the fields that they are of. */
function enteredOf(name: string, given: unknown): Entered {
  const options = Options.parse(given);
  const entered = { ...blankModel, name };
  for (const field of enteredFields) {
    const value = options[field];
    if (typeof value === 'string') entered[field] = value;
  }
  const { trait } = options;
  if (Array.isArray(trait)) entered.traits = trait.join('\n');
  return entered;
}

async function probe(context: CommandContext, named: string): Promise<number> {
  const { application } = context;
  const model = await requireModelNamed(application.db, named);
  const found = await probeNow(application, model, context.signal);
  context.say(`${modelName(model)}: ${kindsInWords(found)}`);
  for (const line of linesOf(found)) context.say(`  ${line}`);
  context.answer(found);
  return found.fault === null ? 0 : 1;
}

export const commands: readonly Command[] = [
  {
    name: 'models add',
    sentence:
      'Adds a language model and finds out what it can be asked. A name that is known gets its next version.',
    arguments: [['<name>', 'what the model is called here']],
    options: [
      [
        '--provider <provider>',
        `${providers.map(({ name }) => name).join(', ')}; ${blankModel.provider} unless told`,
      ],
      ['--server <address>', 'where the server is, such as https://api.example.org/v1'],
      ['--model <model>', 'what the server calls it, or the name of a file in ASSAY_DATA/models'],
      ['--revision <revision>', 'which state of the model it is'],
      [
        '--form <form>',
        `how prompts are put: ${formNames.join(', ')}; ${blankModel.form} unless told`,
      ],
      ['--before <text>', 'with frame: what stands before the text; \\n is a line break'],
      ['--after <text>', 'with frame: what stands after the text'],
      ['--reply <text>', 'with frame: what each reply begins with, such as a space'],
      ['--key <variable>', 'the variable that holds the key; its name begins with MODEL_KEY_'],
      ['--price-input <price>', 'for a million tokens that it reads'],
      ['--price-output <price>', 'for a million tokens that it writes'],
      ['--context <tokens>', `how many tokens it takes in all; ${blankModel.context} unless told`],
      ['--at-once <requests>', `how many requests at once; ${blankModel.atOnce} unless told`],
      ['--per-minute <requests>', 'how many requests a minute; no limit unless told'],
      [
        '--patience <seconds>',
        `how long to wait for an answer; ${blankModel.patience} unless told`,
      ],
      ['--trait <name=value>', 'what it is, such as size=7B', 'repeated'],
    ],
    async run(context, [name = ''], options) {
      const { application } = context;
      const read = readEntered(enteredOf(name, options), optionOf);
      const faults = 'faults' in read ? read.faults : refuseUnreachable(read.settings, application);
      if ('faults' in read || faults.length > 0)
        throw new Problem(
          422,
          'invalid_input',
          faults.map(({ message }) => message).join(' '),
          'The model was not added.',
        );
      const model = await addModel(application.db, {
        ...read,
        staff: null,
        now: application.now(),
      });
      context.say(`${modelName(model)} was added.`);
      return probe(context, modelName(model));
    },
  },
  {
    name: 'models list',
    sentence: 'Lists the language models, with what they can be asked.',
    async run(context) {
      const { db } = context.application;
      const [models, probes] = [await listModels(db), await latestProbes(db)];
      if (models.length === 0) context.say('There is no model yet. “assay models add” adds one.');
      for (const model of models) {
        const found = probes.get(model.id)?.content ?? null;
        const state = model.state === 'retired' ? ', retired' : '';
        const { settings } = model;
        context.say(
          `${modelName(model)}  ${settings.provider} ${settings.model}, ${priceInWords(settings.price)}, ${kindsInWords(found)}${state}`,
        );
      }
      context.answer(
        models.map((model) => ({
          name: modelName(model),
          state: model.state,
          settings: model.settings,
          probe: probes.get(model.id)?.content ?? null,
        })),
      );
      return 0;
    },
  },
  {
    name: 'models probe',
    sentence: 'Finds out what a model can be asked, by asking it.',
    arguments: [['<model>', 'its name, or name@version']],
    run: (context, [named = '']) => probe(context, named),
  },
  {
    name: 'models retire',
    sentence: 'Takes a model out of use. What was asked of it stays.',
    arguments: [['<model>', 'its name, or name@version']],
    async run(context, [named = '']) {
      const { db, now } = context.application;
      const model = await requireModelNamed(db, named);
      await retireModel(db, { model, staff: null, now: now() });
      context.say(`${modelName(model)} is retired.`);
      context.answer({ name: modelName(model), state: 'retired' });
      return 0;
    },
  },
];
