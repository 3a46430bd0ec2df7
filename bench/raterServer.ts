/**
 * The server of a bench with raters, in a process of its own, with an open study for them:
 * `bench/raters.ts` starts it, with the folder and the number of raters.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { inviteAccount, redeemLink } from '#accounts/account.js';
import { createToken } from '#accounts/tokens.js';
import { joinStudy } from '#raters/rater.js';
import { newPublicId } from '#storage/identifiers.js';
import { inTransaction } from '#storage/transaction.js';
import { openStudy } from '#studies/opening.js';
import { createStudy } from '#studies/study.js';
import { openServer } from '../src/server.js';
import { buildDataset, plainExamples } from '../test/support/builders.js';

async function serve(folder: string, raters: number): Promise<void> {
  const { application, address } = await openServer(
    {
      PORT: '0',
      HOST: '127.0.0.1',
      ASSAY_DATA: folder,
      LOG_LEVEL: 'info',
      NODE_ENV: 'production',
      MODEL_HOSTS: process.env['MODEL_HOSTS'],
    },
    { logTo: { write: () => undefined } },
  );
  const { db } = application;
  const now = Date.now();
  const dataset = await inTransaction(db, (trx) =>
    buildDataset(trx, { examples: plainExamples(2000) }),
  );
  const draft = await inTransaction(db, (trx) =>
    createStudy(trx, {
      title: 'Bench',
      settings: { datasets: [dataset], sampleSize: 2000, overlap: 9 },
      now,
      accountId: null,
    }),
  );
  const study = await openStudy(db, { study: draft, now, staff: null });
  const links: string[] = [];
  for (let index = 0; index < raters; index += 1)
    links.push(
      (
        await inTransaction(db, (trx) =>
          joinStudy(trx, {
            studyId: study.id,
            key: newPublicId(),
            consentVersion: 1,
            warningVersion: 1,
            origin: 'rater',
            arrival: 'open-link',
            now,
          }),
        )
      ).token,
    );
  const { secret } = await inviteAccount(db, {
    email: 'a@lab.example',
    name: 'A',
    role: 'admin',
    now,
  });
  const account = await redeemLink(db, {
    secret,
    password: 'a long and quiet afternoon',
    email: 'a@lab.example',
    name: 'A',
    now,
  });
  const { secret: token } = await createToken(db, { accountId: account.id, name: 'bench', now });
  process.send?.({ address: address.replace('localhost', '127.0.0.1'), token, links });
  const held = monitorEventLoopDelay({ resolution: 1 });
  held.enable();
  process.on('message', () => {
    process.send?.({ longest: held.max / 1e6 });
    held.reset();
  });
}

process.once('disconnect', () => process.exit());
await serve(process.argv[2] ?? '', Number(process.argv[3]));
