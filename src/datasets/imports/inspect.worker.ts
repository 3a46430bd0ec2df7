import { type Inspection, inspectFile, inspectWith, type SecondLook } from './inspectFile.js';
import type { InspectionTask } from './inspection.js';

/** Looks into one file, anew or with a corrected mapping. */
export default function inspect(task: InspectionTask): Promise<Inspection | SecondLook> {
  return task.kind === 'inspect'
    ? inspectFile(task.file)
    : inspectWith(task.file, task.plan, task.understood);
}
