import { parentPort, workerData } from 'node:worker_threads';
import { inspectFile, inspectWith } from './inspectFile.js';
import type { InspectionTask } from './inspection.js';

const task = workerData as InspectionTask;
switch (task.kind) {
  case 'inspect':
    for (const file of task.files) parentPort?.postMessage(await inspectFile(file));
    break;
  case 'again':
    parentPort?.postMessage(await inspectWith(task.file, task.plan, task.understood));
    break;
}
