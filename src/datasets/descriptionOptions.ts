import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { recordAudit } from '#accounts/audit.js';
import { inTransaction } from '#storage/transaction.js';
import { Problem } from '#web/problem.js';
import { type CommandContext, inputFile } from '../command.js';
import { confirmedDescription, describeBehaviour, ensureBehaviour } from './behaviour.js';
import type { InspectedFile } from './imports/import.js';

/** What `--descriptions` reads: behaviour → one line, or both texts. */
export const Descriptions = z.record(
  z.string(),
  z.union([
    z.string().trim().min(1).max(200),
    z.strictObject({
      short: z.string().trim().min(1).max(200),
      long: z.string().trim().max(4000).default(''),
    }),
  ]),
);

/** Reads the file of `--descriptions`. Throws a 422 `Problem` where it is none. */
export async function readDescriptions(
  path: string | undefined,
): Promise<z.output<typeof Descriptions>> {
  if (path === undefined) return {};
  const text = await readFile(await inputFile(path), 'utf8');
  try {
    return Descriptions.parse(JSON.parse(text));
  } catch (error) {
    throw new Problem(
      422,
      'bad_descriptions',
      `${path} is not a JSON object of descriptions.`,
      'Nothing was imported. Write {"behaviour": "one line"} or {"behaviour": {"short": ' +
        '"…", "long": "…"}}. ' +
        (error instanceof z.ZodError ? (error.issues[0]?.message ?? '') : ''),
    );
  }
}

/** Writes and confirms the descriptions that were given for the behaviours of these files. */
export async function writeDescriptions(
  context: CommandContext,
  files: readonly InspectedFile[],
  options: { readonly description?: string | undefined },
  given: z.output<typeof Descriptions>,
): Promise<void> {
  const { db, now } = context.application;
  for (const name of new Set(files.map((file) => file.plan.behaviour))) {
    const found = given[name] ?? options.description;
    if (found === undefined) continue;
    const text = typeof found === 'string' ? { short: found, long: '' } : found;
    await inTransaction(db, async (trx) => {
      const behaviour = await ensureBehaviour(trx, name, now());
      const { description, changed } = await describeBehaviour(trx, {
        behaviourId: behaviour.id,
        text,
        confirm: true,
        now: now(),
        accountId: null,
      });
      if (changed)
        await recordAudit(trx, {
          at: now(),
          staff: null,
          action: 'behaviour.confirm',
          subject: `behaviour ${behaviour.public_id}`,
          detail: { version: description.version },
        });
    });
  }
}

/** Names the behaviours among these that raters cannot see yet. */
export async function sayUnconfirmed(
  context: CommandContext,
  names: ReadonlySet<string>,
): Promise<void> {
  const { db } = context.application;
  const missing: string[] = [];
  for (const name of names) {
    const behaviour = await db
      .selectFrom('behaviour')
      .select('id')
      .where('name', '=', name)
      .executeTakeFirst();
    if (behaviour !== undefined && (await confirmedDescription(db, behaviour.id)) === undefined)
      missing.push(name);
  }
  if (missing.length > 0)
    context.say(
      'Without a confirmed description these cannot go to raters yet: ' +
        `${missing.join(', ')}. Write one on the behaviour’s page or with --descriptions.`,
    );
}
