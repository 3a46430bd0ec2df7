import { createHash } from 'node:crypto';
import { requireModel } from '#models/model.js';
import { openModel } from '#models/open.js';
import { workOnRun } from '#models/runWork.js';
import { openDatabase } from '#storage/database.js';
import type { KilledRun } from './kills.js';
import { textRequest } from './support.js';

// Works on the run that its first argument names, until it ends or is killed. Says when it is about
// to ask, and at the end the hash of all answers.
const {
  location,
  host,
  model: publicId,
  runId,
  texts,
} = JSON.parse(process.argv[2] ?? '') as KilledRun;
const database = openDatabase(location, { poolSize: 4 });
const model = await openModel(await requireModel(database.db, publicId), {
  hosts: [host],
  keys: {},
  folder: '',
});
process.send?.('asks');
const ended = await workOnRun(
  database,
  { runId, now: Date.now, signal: new AbortController().signal },
  (asking) =>
    Promise.all(
      Array.from({ length: texts }, (_, sample) =>
        asking.ask(model, textRequest('Write.', sample)),
      ),
    ),
);
const answers = ended?.state === 'done' ? ended.result : [];
const content = answers.map((asked) => (asked.kind === 'answered' ? asked.answer : asked.kind));
process.send?.(createHash('sha256').update(JSON.stringify(content)).digest('hex'));
await model.asker.close();
await database.close();
process.disconnect();
