import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { z } from 'zod';
import { fileNameOf } from '#web/fileName.js';
import { count } from '#web/format.js';
import { type Command, parseOptions } from '../command.js';
import { corporaOf } from './atTheTerminal.js';
import { textsToEmbed } from './measure.js';

const ExportOptions = z.object({ out: z.string().min(1).optional() });

const exportCommand: Command = {
  name: 'texts export',
  sentence:
    'Writes the texts of a study’s datasets that are measured, as JSONL of dataset, line, text, for a model of your own.',
  arguments: [['<study>', 'public id of the study, as “studies list” prints it']],
  options: [['--out <file>', 'where to write it']],
  async run(context, [publicId = ''], given) {
    const options = parseOptions(ExportOptions, given, 'Nothing was written.');
    const { title, corpora } = await corporaOf(context, publicId);
    const path = resolve(options.out ?? fileNameOf(title, 'texts.jsonl'));
    const lines = corpora.flatMap((corpus) =>
      textsToEmbed([corpus]).map(
        (text, index) =>
          `${JSON.stringify({ dataset: corpus.dataset, line: corpus.texts[index]?.line, text })}\n`,
      ),
    );
    writeFileSync(path, lines.join(''));
    context.say(`${count(lines.length)} texts written to ${path}`);
    context.answer({ study: publicId, file: path, texts: lines.length });
    return 0;
  },
};

export const commands: readonly Command[] = [exportCommand];
