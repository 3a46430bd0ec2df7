import { Problem } from '#web/problem.js';
import type { InspectedFile } from './import.js';
import { isMeant } from './paths.js';
import { unfinishedIn } from './unfinished.js';

/** The word that leaves out every file of which something must be said first. */
export const unclear = 'unclear';

/**
 * Files with those left out that `named` names: by patterns of their paths, and, by the word
 * `unclear`, each that could not start as it is. What is the whole path of a file is no pattern. Throws a 422
 * `Problem` where a pattern fits none.
 */
export function leavingOut(
  files: readonly InspectedFile[],
  named: readonly string[],
): InspectedFile[] {
  const paths = new Set(files.map(({ path }) => path));
  const patterns = named.filter((one) => one !== unclear);
  const fits = ({ path }: InspectedFile, name: string): boolean => isMeant(path, name, paths);
  const idle = patterns.filter((pattern) => !files.some((file) => fits(file, pattern)));
  if (idle.length > 0)
    throw new Problem(
      422,
      'nothing_left_out',
      `No file is called ${idle.join(', ')}, so that nothing is left out by it.`,
      'Nothing was imported. Name the file by its path or a pattern with *.',
    );
  const isUnclear = (file: InspectedFile): boolean =>
    file.unknownColumns.length > 0 || (file.understood.isDataset && unfinishedIn(file).length > 0);
  return files.map((file) => {
    const out =
      patterns.some((pattern) => fits(file, pattern)) ||
      (named.includes(unclear) && isUnclear(file));
    return out ? { ...file, plan: { ...file.plan, leaveOut: true } } : file;
  });
}

/** Why a file is left out, in a sentence. */
export const leftOutWords = (file: Parameters<typeof unfinishedIn>[0]): string =>
  ['Left out.', ...unfinishedIn(file).map(({ message }) => message)].join(' ');
