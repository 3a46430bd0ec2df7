import type { ModelCallTable } from '#storage/modelTables.js';
import { prepared } from '#storage/prepared.js';

/** A run as one process holds it; what an earlier process of it still writes has another epoch. */
export interface Hold {
  readonly runId: number;
  readonly epoch: number;
}

export const endReservation = prepared<{ runId: number; worst: number; cost: number }>()(
  (db, value) =>
    db
      .updateTable('model_run')
      .set((eb) => ({
        reserved: eb('reserved', '-', value('worst')),
        spent: eb('spent', '+', value('cost')),
      }))
      .where('id', '=', value('runId')),
);

export const addCost = prepared<{ runId: number; callId: number; cost: number }>()((db, value) =>
  db
    .updateTable('model_run_call')
    .set((eb) => ({ cost: eb('cost', '+', value('cost')) }))
    .where('run_id', '=', value('runId'))
    .where('call_id', '=', value('callId')),
);

export const addReservation = prepared<Hold & { worst: number }>()((db, value) =>
  db
    .updateTable('model_run')
    .set((eb) => ({ reserved: eb('reserved', '+', value('worst')) }))
    .where('id', '=', value('runId'))
    .where('epoch', '=', value('epoch'))
    .where('state', '=', 'running')
    .where((eb) =>
      eb(eb('spent', '+', eb('reserved', '+', value('worst'))), '<=', eb.ref('budget')),
    ),
);

export const newLink = prepared<{ runId: number; callId: number; stageId: number | null }>()(
  (db, value) =>
    db
      .insertInto('model_run_call')
      .values({ run_id: value('runId'), call_id: value('callId'), stage_id: value('stageId') })
      .onConflict((conflict) => conflict.doNothing()),
);

export const newCall = prepared<
  Hold & { key: Buffer; modelId: number; request: string; worst: number; now: number }
>()((db, value) =>
  db
    .insertInto('model_call')
    .values({
      key: value('key'),
      model_id: value('modelId'),
      request: value('request'),
      answer: null,
      attempts: 1,
      run_id: value('runId'),
      epoch: value('epoch'),
      state: 'sent',
      worst: value('worst'),
      sent_at: value('now'),
      ended_at: null,
      error: null,
      refusal: null,
      reason: null,
    })
    .returning('id'),
);

export const callOfKey = prepared<{ key: Buffer }>()((db, value) =>
  db.selectFrom('model_call').selectAll().where('key', '=', value('key')),
);

export const storeEnd = prepared<
  Hold & {
    callId: number;
    state: ModelCallTable['state'];
    answer: string | null;
    input: number;
    output: number;
    lost: number;
    sentence: string | null;
    refusal: ModelCallTable['refusal'];
    reason: string | null;
    now: number;
  }
>()((db, value) =>
  db
    .updateTable('model_call')
    .set((eb) => ({
      state: value('state'),
      answer: value('answer'),
      input_tokens: value('input'),
      output_tokens: value('output'),
      lost: eb('lost', '+', value('lost')),
      error: value('sentence'),
      refusal: value('refusal'),
      reason: value('reason'),
      ended_at: value('now'),
    }))
    .where('id', '=', value('callId'))
    .where('run_id', '=', value('runId'))
    .where('epoch', '=', value('epoch'))
    .where('state', '=', 'sent')
    .returning('worst'),
);
