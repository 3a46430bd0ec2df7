import { sql } from 'kysely';
import { type Database, type DatabaseLocation, openDatabase } from './database.js';
import { codeOf, ConnectionLost } from './faults.js';
import { migrate } from './migrate.js';

/** What the codes of the drivers and of the operating system mean for whoever starts Assay. */
const meanings: Record<string, string> = {
  ECONNREFUSED:
    'Nothing listens there. Is the PostgreSQL server running, and are host and port right?',
  ENOTFOUND: 'There is no machine of that name.',
  EAI_AGAIN: 'The name of the machine could not be looked up.',
  ETIMEDOUT: 'It does not answer in time. Is a firewall between?',
  ENOENT: 'There is no such socket or folder.',
  '28P01': 'It refuses this user and password.',
  '28000': 'It refuses this user.',
  '3D000': 'There is no database of that name on it; make one with createdb.',
  '42501': 'This user may not make tables in it.',
  EACCES: 'This user may not write there.',
  EROFS: 'The disk is read-only.',
  ENOTDIR: 'Part of the path is a file, not a folder.',
  EEXIST: 'There is a file where the folder should be.',
  SQLITE_CANTOPEN: 'The file cannot be opened; may this user write there?',
  SQLITE_READONLY:
    'The user that runs Assay may not write to this file or to its folder. Give that user both (chown, chmod u+w), or choose another folder with ASSAY_DATA.',
  SQLITE_NOTADB: 'The file is not a SQLite database.',
  SQLITE_CORRUPT: 'The file is damaged; restore a backup.',
  SQLITE_FULL: 'The disk is full.',
  SQLITE_BUSY: 'Another program holds the file.',
};

function causeOf(error: unknown): Error {
  if (error instanceof ConnectionLost) return causeOf(error.cause);
  if (error instanceof AggregateError) return causeOf(error.errors[0]);
  return error instanceof Error ? error : new Error(String(error));
}

/**
 * The fault of a database that could not be opened, in words; without the address, which may hold a
 * password.
 */
export function unreachable(location: DatabaseLocation, error: unknown): Error {
  const fault = causeOf(error);
  const code = codeOf(fault);
  // SQLite adds details behind a code: SQLITE_READONLY_DIRECTORY.
  const meaning = meanings[code] ?? meanings[/^SQLITE_[A-Z]+/.exec(code)?.[0] ?? ''];
  const where =
    location.engine === 'sqlite'
      ? `The database ${location.path} (folder: ASSAY_DATA) cannot be used.`
      : 'The PostgreSQL server of DATABASE_URL cannot be used.';
  return new Error(
    `${where} ${meaning ?? ''}${meaning === undefined ? '' : ' '}(${fault.message})`,
    { cause: error },
  );
}

/**
 * SQLite opens a read-only file without a word and refuses the first write: this one, which is
 * taken back.
 */
async function tryToWrite({ db }: Database): Promise<void> {
  const trx = await db.startTransaction().execute();
  try {
    await sql`pragma user_version = 1`.execute(trx);
  } finally {
    await trx.rollback().execute();
  }
}

/**
 * Opens the database, sees that it answers, and brings its schema up to date. Throws a sentence
 * that says what to correct.
 * @param options.warn is told what is wrong in the database and does not stop it
 */
export async function openReadyDatabase(
  location: DatabaseLocation,
  options: { warn: (sentence: string) => void },
): Promise<Database> {
  let database: Database | undefined;
  try {
    database = openDatabase(location);
    if (database.engine === 'sqlite') await tryToWrite(database);
    else await sql`select 1`.execute(database.db);
  } catch (error) {
    await database?.close();
    throw unreachable(location, error);
  }
  try {
    await migrate(database, options);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
