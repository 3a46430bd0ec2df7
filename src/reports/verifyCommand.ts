import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { count } from '#web/format.js';
import { faultsOf } from '#web/parse.js';
import { type FieldFault, Problem } from '#web/problem.js';
import { softwareVersion } from '#web/version.js';
import { type Command, inputFile } from '../command.js';
import { printable } from '../terminal.js';
import { isUntouched, type Verification, verifyReport } from './frozen/content.js';
import { computedFormats, formatOf, readFormats, writerOf } from './frozen/formats/formats.js';

const shownDifferences = 20;
const shownFaults = 5;
const longestShown = 200;

/** Something that a file says, short and harmless enough for a line of its own. */
const quoted = (text: string): string =>
  printable(text.length <= longestShown ? text : `${text.slice(0, longestShown - 1)}…`);

/** What keeps a file from being a report; null where something else went wrong. */
function unlikeReport(error: unknown): FieldFault[] | null {
  if (error instanceof SyntaxError) return [];
  return error instanceof z.ZodError
    ? faultsOf(error)
        .slice(0, shownFaults)
        .map(({ field, message }) => ({ field: quoted(field), message: quoted(message) }))
    : null;
}

/** Which version can verify a file that this one cannot. */
const elsewhere = (version: string | null): string =>
  version === null
    ? 'Verify it with the version that wrote it.'
    : `Verify it with version ${version} of Assay, which wrote it.`;

/** Why this version cannot compute reports of a file's format again; null where it can. */
function otherFormat(file: string, read: unknown): Problem | null {
  const format = formatOf(read);
  if (format === null || computedFormats.includes(format)) return null;
  const why = readFormats.includes(format)
    ? `, whose numbers were computed by other rules than those of this version. Its checksum ${isUntouched(read) ? 'fits' : 'does not fit: it was changed after it was written'}`
    : `; this version computes ${computedFormats.join(' and ')}`;
  return new Problem(
    422,
    'other_format',
    `${file} is a report in the format ${format}${why}.`,
    elsewhere(writerOf(read)),
  );
}

/** The file has figures that this version does not know, since another wrote it; else null. */
function otherFigures(file: string, read: unknown): Problem | null {
  const version = writerOf(read);
  if (version === null || version === softwareVersion || !isUntouched(read)) return null;
  return new Problem(
    422,
    'other_format',
    `${file} is a report by version ${version} with other figures than this version, ${softwareVersion}.`,
    elsewhere(version),
  );
}

/** How many numbers hold, of those that could be computed again. */
function conclusion({
  holds,
  differences,
  numbers,
  takenAsWritten,
  otherModels,
  writtenBy,
}: Verification): string {
  const by = `written by version ${quoted(writtenBy)}`;
  if (!holds) {
    const again = `${count(differences.length)} of ${count(numbers)} values do not come out again (${by}, computed by version ${softwareVersion}).`;
    return writtenBy === softwareVersion ? again : `${again} ${elsewhere(writtenBy)}`;
  }
  if (takenAsWritten === 0) return `All ${count(numbers)} numbers hold (${by}).`;
  const models = otherModels.map((model) => `“${quoted(model)}”`).join(' and ');
  return `${count(numbers)} of ${count(numbers + takenAsWritten)} numbers were computed again and hold (${by}); the other ${count(takenAsWritten)} rest on the vectors of ${models}, which are not in the file, and are taken as written.`;
}

/** `assay report verify` */
export const verifyCommand: Command = {
  name: 'report verify',
  sentence:
    'Computes the numbers of a report file again from the data in it, and says whether they hold; fingerprint, time of computing and version are taken as written.',
  arguments: [['<file>', 'a frozen report with its data (JSON)']],
  async run(context, [path = '']) {
    const file = await inputFile(path);
    const text = readFileSync(file, 'utf8');
    let verification: Verification;
    let read: unknown;
    try {
      read = JSON.parse(text);
      const other = otherFormat(file, read);
      if (other !== null) throw other;
      verification = verifyReport(read, (done, of) =>
        context.progress(`Measuring texts again: ${done} of ${of}`),
      );
    } catch (error) {
      const faults = unlikeReport(error);
      if (faults === null) throw error;
      const other = otherFigures(file, read);
      if (other !== null) throw other;
      throw new Problem(
        422,
        'not_a_report',
        `${file} is not a report with its data.`,
        'Freeze the report and download “JSON with its data”.',
        faults,
      );
    }
    const { holds, untouched, differences, numbers, takenAsWritten, otherModels } = verification;
    if (!untouched)
      context.say('The checksum does not fit: the file was changed after it was written.');
    for (const difference of differences.slice(0, shownDifferences))
      context.say(
        `  ${quoted(difference.place)}: written ${quoted(JSON.stringify(difference.written) ?? 'nothing')}, computed ${quoted(JSON.stringify(difference.computed) ?? 'nothing')}`,
      );
    if (differences.length > shownDifferences)
      context.say(`  and ${differences.length - shownDifferences} more`);
    context.say(conclusion(verification));
    context.answer({
      holds,
      untouched,
      numbers,
      takenAsWritten,
      differences: differences.length,
      otherModels,
    });
    return holds ? 0 : 1;
  },
};
