import { expect, onTestFinished, test } from 'vitest';
import { startModelServer } from '../support/modelServer/server.js';
import { testDatabase } from '../support/database.js';
import { killAgainAndAgain } from './kills.js';

test('a run whose process is killed has the answers of one that was not, each paid once', async () => {
  const database = await testDatabase();
  const server = await startModelServer({ latencyMs: 10 });
  onTestFinished(() => server.close());
  const shared = { texts: 150, longestMs: 150, random: Math.random };
  const killed = await killAgainAndAgain(database, server, { ...shared, name: 'killed', kills: 2 });
  const whole = await killAgainAndAgain(database, server, { ...shared, name: 'whole', kills: 0 });
  expect(killed.kills).toBe(2);
  expect(killed.hash).toBe(whole.hash);
  for (const run of [killed, whole]) {
    expect(run).toMatchObject({ calls: 150, answered: 150, money: { reserved: 0 } });
    // Every attempt but the answered one was lost; the server saw no more requests than attempts.
    expect(run.attempts).toBe(150 + run.lost);
    expect(run.requests).toBeLessThanOrEqual(run.attempts);
    expect(run.lost).toBeGreaterThanOrEqual(run.cut);
    expect(run.money.spent).toBe(run.money.ofCalls);
  }
  expect(whole).toMatchObject({ lost: 0, requests: 150, cut: 0 });
  // At most as many as are under way at once are lost with a process.
  expect(killed.lost).toBeLessThanOrEqual(2 * 8);
});
