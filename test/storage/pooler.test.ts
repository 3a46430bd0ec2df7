import { connect, createServer, type AddressInfo } from 'node:net';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { openDatabase } from '#storage/database.js';
import { engine, freshLocation } from '../support/database.js';

/**
 * The parameters of PostgreSQL's start-up message: its length, the protocol's version, then names
 * and values.
 */
function startUpParameters(message: Buffer): string[] {
  const words = message.subarray(8, message.readInt32BE(0)).toString().split('\0');
  return words.filter((_, index) => index % 2 === 0).filter((name) => name !== '');
}

/** PostgreSQL's error message with a fatal severity. */
function fatal(code: string, words: string): Buffer {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${words}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

/**
 * Stands before the server as PgBouncer does: it refuses start-up parameters that it does not know,
 * with 08P01.
 */
async function openPooler(url: string): Promise<string> {
  const address = new URL(url);
  const folder = address.searchParams.get('host') ?? decodeURIComponent(address.hostname);
  const known = new Set(['user', 'database', 'client_encoding', 'application_name']);
  const server = createServer((client) => {
    client.once('data', (message) => {
      const unknown = startUpParameters(message).find((name) => !known.has(name));
      if (unknown !== undefined) {
        client.end(fatal('08P01', `unsupported startup parameter: ${unknown}`));
        return;
      }
      const upstream = connect(`${folder}/.s.PGSQL.5432`);
      upstream.write(message);
      client.pipe(upstream).pipe(client);
      for (const socket of [client, upstream]) socket.on('error', () => upstream.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `postgres://assay@127.0.0.1:${(server.address() as AddressInfo).port}${address.pathname}`;
}

test.runIf(engine() === 'postgres')(
  'a read-only connection goes through a pooler, reads, and cannot write',
  async () => {
    const location = await freshLocation();
    if (location.engine !== 'postgres') throw new Error('This test is about PostgreSQL.');
    const database = openDatabase(
      { engine: 'postgres', url: await openPooler(location.url) },
      { readonly: true, poolSize: 1 },
    );
    onTestFinished(() => database.close());
    const { db } = database;
    expect(
      (
        await sql<{
          mode: string;
        }>`select current_setting('transaction_read_only') as mode`.execute(db)
      ).rows,
    ).toEqual([{ mode: 'on' }]);
    const write = (trx: typeof db) =>
      trx.insertInto('installation_value').values({ name: 'a', value: 'b' }).execute();
    await expect(write(db)).rejects.toThrow('read-only transaction');
    await expect(db.transaction().execute(write)).rejects.toThrow('read-only transaction');
    expect(
      await db.selectFrom('installation_value').select('name').where('name', '=', 'a').execute(),
    ).toEqual([]);
  },
);
