import { expect, test } from 'vitest';
import { modelServer } from '../support/models.js';
import { testDatabase } from '../support/database.js';
import { workOn } from './generationSupport.js';
import { killGeneration, writeList } from './kills.js';

test('a generation whose process is killed ends as one that was not, each call paid once', async () => {
  const server = await modelServer({ write: writeList, latencyMs: 40 });
  const killed = await testDatabase();
  const broken = await killGeneration(killed, server, {
    samples: 20,
    kills: 2,
    random: Math.random,
    finish: (generation) => workOn(killed, server, generation, { deadAfter: 0 }),
  });
  const whole = await testDatabase();
  const unbroken = await killGeneration(whole, server, {
    samples: 20,
    kills: 0,
    random: Math.random,
    finish: (generation) => workOn(whole, server, generation),
  });
  expect(broken).toMatchObject({
    hash: unbroken.hash,
    state: 'done',
    kills: 2,
    answered: unbroken.answered,
    attempts: broken.answered + broken.lost,
    money: { reserved: 0, spent: broken.money.ofCalls },
  });
  expect(broken.requests).toBeLessThanOrEqual(broken.attempts);
  expect(broken.lost).toBeGreaterThanOrEqual(broken.cut);
  expect(unbroken).toMatchObject({ lost: 0, kept: 10, requests: unbroken.answered });
});
