import type { Db } from '#storage/database.js';
import { Problem } from '#web/problem.js';
import { columnsRead } from '../examples/mapping.js';
import { printMapping } from '../examples/notation.js';
import { type ImportFile, planOf, savePlan, saveUnderstanding, understoodOf } from './import.js';
import { reinspect, reread } from './inspection.js';
import { type FilePlan, lookVersion, type Understood } from './plan.js';

/** The plan and what is understood of a file by the rules of today; what was decided of it stays. */
async function anew(
  file: ImportFile,
  before: FilePlan,
): Promise<{ plan: FilePlan; understood: Understood }> {
  const found = await reread(file, before);
  const { mapping } = before;
  const { columns, reading } = found.understood;
  const isKept =
    mapping !== null &&
    found.plan.family === 'generic' &&
    reading.questions.length === 0 &&
    columnsRead(mapping).every((name) => columns.includes(name));
  if (!isKept) return found;
  const again = await reinspect(file, { ...found.plan, mapping }, found.understood);
  const isProposed =
    found.plan.confirmed &&
    found.plan.mapping !== null &&
    again.mapping !== null &&
    printMapping(found.plan.mapping) === printMapping(again.mapping);
  const confirmed = isProposed || (before.confirmed && again.understood.guess === null);
  return {
    plan: { ...found.plan, mapping: again.mapping, confirmed },
    understood: again.understood,
  };
}

/**
 * Looks anew at files that wait for review since an earlier version looked at them, whose rules asked
 * less. Gives whether there were any; what is asked of them now stands in what is stored. A file that
 * cannot be read any more stays as it was.
 */
export async function lookAnew(db: Db, files: readonly ImportFile[]): Promise<boolean> {
  let any = false;
  for (const file of files) {
    const plan = planOf(file);
    const isOld = understoodOf(file).lookVersion < lookVersion;
    if (file.state !== 'reviewing' || plan.leaveOut || !isOld) continue;
    any = true;
    try {
      const found = await anew(file, plan);
      await savePlan(db, file, found.plan);
      await saveUnderstanding(db, file, found.understood);
    } catch (error) {
      if (!(error instanceof Problem) || error.status === 409) throw error;
    }
  }
  return any;
}
