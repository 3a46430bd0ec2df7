import { join } from 'node:path';
import { projectFolder } from '#web/folders.js';

/** Where the kept databases lie: `NUMBER.sqlite.gz` and `NUMBER.sql`, NUMBER of a migration. */
export const keptFolder = join(projectFolder, 'test', 'fixtures', 'kept');

/** The secret of the personal link of the first rater of every kept database. */
export const keptLink = 'the-personal-link-of-a-kept-rater';
