import { expect, test } from 'vitest';
import { prolificClient, ProlificFailure } from '#platforms/prolific/client.js';
import { type Fault, startProlific } from '../support/prolific.js';

const failureOf = async (asked: Promise<unknown>): Promise<ProlificFailure> => {
  const error: unknown = await asked.catch((thrown: unknown) => thrown);
  if (!(error instanceof ProlificFailure)) throw new Error(`no failure: ${String(error)}`);
  return error;
};

test('all submissions come, over pages', async () => {
  const prolific = await startProlific();
  const study = prolific.addStudy();
  for (let count = 0; count < 230; count += 1) prolific.take(study);
  const client = prolificClient(prolific);
  expect(new Set((await client.submissions(study.id)).map(({ id }) => id)).size).toBe(230);
  expect(prolific.requests).toHaveLength(3);
});

test.each<[Omit<Fault, 'path'>, string, RegExp]>([
  [{ kind: 'status', status: 429, retryAfter: '7' }, 'not-sent', /429/],
  [{ kind: 'status', status: 503 }, 'unknown', /503/],
  [{ kind: 'status', status: 500 }, 'unknown', /500/],
  [{ kind: 'status', status: 400 }, 'refused', /A fault/],
  [{ kind: 'redirect' }, 'refused', /does not follow/],
  [{ kind: 'cut' }, 'unknown', /broke the connection off/],
  [{ kind: 'lost' }, 'unknown', /broke the connection off/],
  [{ kind: 'late' }, 'unknown', /no answer in/],
  [{ kind: 'other-shape' }, 'unknown', /another shape/],
])('%o means %s', async (fault, meaning, words) => {
  const prolific = await startProlific();
  const study = prolific.addStudy();
  prolific.faults.push({ path: /transition/, ...fault });
  const failure = await failureOf(
    prolificClient({ ...prolific, patienceMs: 300 }).moveStudy(study.id, 'PAUSE'),
  );
  expect(failure.meaning).toBe(meaning);
  expect(failure.message).toMatch(words);
  expect(failure.wait).toBe(fault.retryAfter === undefined ? null : 7000);
});

test('nothing was done where the server cannot be reached; the token is never said', async () => {
  const prolific = await startProlific();
  const wrong = await failureOf(prolificClient({ ...prolific, token: 'wrong-token' }).user());
  expect(wrong.meaning).toBe('refused');
  expect(wrong.message).not.toContain('wrong-token');
  prolific.close();
  expect((await failureOf(prolificClient(prolific).user())).meaning).toBe('not-sent');
});
