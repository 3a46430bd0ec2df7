import type { Generated } from 'kysely';

/**
 * Column types as both engines give them back: integers and times (UTC milliseconds) as numbers,
 * JSON as text.
 */
export type Id = Generated<number>;
export type ItemRole = 'validation' | 'gold' | 'training';
