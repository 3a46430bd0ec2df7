import { expect, onTestFinished, test } from 'vitest';
import { startModelServer } from '../support/modelServer/server.js';
import { testDatabase } from '../support/database.js';
import { killAgainAndAgain } from './kills.js';

test('a run whose process is killed has the answers of one that was not, each paid once', async () => {
  const database = await testDatabase();
  const server = await startModelServer({ latencyMs: 80 });
  onTestFinished(() => server.close());
  const shared = { texts: 80, random: Math.random };
  const killed = await killAgainAndAgain(database, server, { ...shared, name: 'killed', kills: 2 });
  const whole = await killAgainAndAgain(database, server, { ...shared, name: 'whole', kills: 0 });
  expect(killed.hash).toBe(whole.hash);
  for (const run of [killed, whole]) {
    expect(run).toMatchObject({ calls: 80, answered: 80, money: { reserved: 0 } });
    // Every attempt but the answered one was lost; the server saw no more requests than attempts.
    expect(run.attempts).toBe(80 + run.lost);
    expect(run.requests).toBeLessThanOrEqual(run.attempts);
    expect(run.lost).toBeGreaterThanOrEqual(run.cut);
    expect(run.money.spent).toBe(run.money.ofCalls);
  }
  expect(whole).toMatchObject({ lost: 0, requests: 80, cut: 0 });
  expect(killed.lost).toBeGreaterThan(0);
  // At most as many as are under way at once are lost with a process.
  expect(killed.lost).toBeLessThanOrEqual(2 * 8);
});
