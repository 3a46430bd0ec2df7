import type { Trx } from '#storage/database.js';
import { readJson, writeJson } from '#storage/json.js';
import { ModelRequest } from './request.js';

/** What stands in the place of an answer whose texts were removed. */
export const emptiedAnswer = '{}';

/**
 * Removes the prompts and answers of answered calls; keys, tokens and costs stay. Whoever asks the
 * same again gets no stored answer: it is sent, and paid, anew.
 */
export async function emptyCalls(trx: Trx, callIds: readonly number[]): Promise<void> {
  const calls = await trx
    .selectFrom('model_call')
    .select(['id', 'request'])
    .where('id', 'in', [0, ...callIds])
    .where('state', '=', 'answered')
    .where('answer', '<>', emptiedAnswer)
    .execute();
  for (const { id, request } of calls) {
    const asked = readJson(ModelRequest, request, 'model_call.request');
    await trx
      .updateTable('model_call')
      .set({ request: writeJson(ModelRequest, { ...asked, prompt: '' }), answer: emptiedAnswer })
      .where('id', '=', id)
      .execute();
  }
}
