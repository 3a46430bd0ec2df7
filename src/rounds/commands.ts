import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { requireGenerationNamed } from '#generation/generation.js';
import { type Command, parseOptions } from '../command.js';
import { computeRound } from './computing.js';
import { changesText, fileWithChanges } from './file.js';

const RoundOptions = z.object({ out: z.string().min(1).optional() });

export const commands: readonly Command[] = [
  {
    name: 'generate round',
    sentence:
      'Compares the prompts of a generation by what raters of a study upheld, and prints the next round as a pipeline file, with what changed and why.',
    arguments: [
      ['<generation>', 'its id or, where no other has it, its name'],
      ['<study>', 'public id of the study, as “studies list” prints it'],
    ],
    options: [['--out <file>', 'where to write the file, instead of printing it']],
    async run(context, [name = '', study = ''], given) {
      const { out } = parseOptions(RoundOptions, given, 'Nothing was written.');
      const { application } = context;
      const generation = await requireGenerationNamed(application.db, name);
      const round = await computeRound(application, { generation: generation.public_id, study });
      if (out === undefined) context.say(fileWithChanges(round).trimEnd());
      else {
        const path = resolve(out);
        writeFileSync(path, fileWithChanges(round));
        context.say(changesText(round.proposal));
        context.say(`Written to ${path}`);
      }
      context.answer(round);
      return 0;
    },
  },
];
