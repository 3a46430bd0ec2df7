import type { Generated } from 'kysely';

/**
 * Column types as both engines give them back: integers and times (UTC milliseconds) as numbers,
 * JSON as text.
 */
export type Id = Generated<number>;
/**
 * What an item is for: `validation` is the sample; `calibration` is the block that everybody judges,
 * `gold` has a known answer. Only the sample has counted places.
 */
export type ItemRole = 'validation' | 'gold' | 'training' | 'calibration';
