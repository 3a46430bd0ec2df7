import type { Db } from '#storage/database.js';

/** The behaviours of the demonstration, in the order of its studies. */
export const demoBehaviours = ['values-patience', 'asks-before-acting'] as const;

/**
 * Public ids of the demonstration's datasets: of each behaviour generated, then human-written.
 * Undefined where one is missing.
 */
export async function demoDatasets(db: Db): Promise<string[] | undefined> {
  const ids: string[] = [];
  for (const name of demoBehaviours) {
    for (const source of ['generated', 'human'] as const) {
      const dataset = await db
        .selectFrom('dataset')
        .innerJoin('behaviour', 'behaviour.id', 'dataset.behaviour_id')
        .select('dataset.public_id')
        .where('behaviour.name', '=', name)
        .where('dataset.name', '=', name)
        .where('dataset.source', '=', source)
        .where('dataset.role', '=', 'evaluated')
        .where('dataset.state', '=', 'visible')
        .orderBy('dataset.version')
        .limit(1)
        .executeTakeFirst();
      if (dataset === undefined) return undefined;
      ids.push(dataset.public_id);
    }
  }
  return ids;
}
