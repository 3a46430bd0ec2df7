import { ModelFailure } from './failure.js';
import type { ModelsConfig } from '../config.js';
import type { ModelSettings } from './settings.js';

const usualPort: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Sent where a server wants no key: clients take one from the environment where they have none. */
export const noKey = 'none';

/**
 * The address and the key of a model's server; `noKey` where there is none. Throws a `ModelFailure` that names the variable
 * to set.
 */
export function serverOf(
  settings: ModelSettings,
  { hosts, keys }: ModelsConfig,
): { address: string; key: string } {
  const address = settings.server;
  if (address === null) throw new ModelFailure('stop', 'The model has no server.');
  const { protocol, hostname, host, port } = new URL(address);
  if (!hosts.includes(host) && !hosts.includes(`${hostname}:${port || usualPort[protocol]}`))
    throw new ModelFailure(
      'stop',
      `The server ${host} may not be asked. Add ${host} to MODEL_HOSTS and start Assay again.`,
    );
  if (settings.key === null) return { address, key: noKey };
  const key = keys[settings.key];
  if (key === undefined || key === '')
    throw new ModelFailure(
      'stop',
      `The key for ${host} is missing. Set ${settings.key} and start Assay again.`,
    );
  return { address, key };
}
