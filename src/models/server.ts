import { ModelFailure } from './failure.js';
import type { ModelsConfig } from '../config.js';
import type { ModelSettings } from './settings.js';

const usualPort: Readonly<Record<string, string>> = { 'http:': '80', 'https:': '443' };

/** Sent where a server wants no key: clients take one from the environment where they have none. */
export const noKey = 'none';

const isThisMachine = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.\d+){3}$/.test(hostname);

/**
 * Why a model with these settings cannot be reached from here, with the field at fault: its host is
 * not listed, its key is not set, or would be sent unencrypted over a network. Null where it can be.
 */
export function serverFault(
  { server, key }: Pick<ModelSettings, 'server' | 'key'>,
  { hosts, keys }: ModelsConfig,
): { readonly field: 'server' | 'key'; readonly message: string } | null {
  if (server === null) return null;
  const { protocol, hostname, host, port } = new URL(server);
  if (!hosts.includes(host) && !hosts.includes(`${hostname}:${port || usualPort[protocol]}`))
    return {
      field: 'server',
      message: `The server ${host} may not be asked. Add ${host} to MODEL_HOSTS and start Assay again.`,
    };
  if (key === null) return null;
  if (protocol === 'http:' && !isThisMachine(hostname))
    return {
      field: 'server',
      message: `A key would be sent to ${host} unencrypted. Use an address that begins with https://.`,
    };
  return keys[key]
    ? null
    : {
        field: 'key',
        message: `The key for ${host} is missing. Set ${key} and start Assay again.`,
      };
}

/**
 * The address and the key of a model's server; `noKey` where it has none. Throws a `ModelFailure`
 * that says what to do.
 */
export function serverOf(
  settings: ModelSettings,
  models: ModelsConfig,
): { address: string; key: string } {
  const { server: address, key } = settings;
  if (address === null) throw new ModelFailure('stop', 'The model has no server.');
  const fault = serverFault(settings, models);
  if (fault !== null) throw new ModelFailure('stop', fault.message);
  return { address, key: key === null ? noKey : (models.keys[key] ?? noKey) };
}
