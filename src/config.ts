import { resolve } from 'node:path';
import { z } from 'zod';
import type { DatabaseLocation } from '#storage/database.js';
import {
  modelHosts,
  optional,
  pageAddress,
  postgresAddress,
  webAddress,
  wholeNumber,
} from './settingValues.js';

/**
 * One setting of the environment: its default, an example, what it does, and how its text is read.
 */
interface Setting {
  readonly name: string;
  /** Its value may hold a password: messages leave it out. */
  readonly secret?: boolean;
  readonly default: string;
  readonly example: string;
  readonly sentence: string;
  readonly schema: z.ZodType<unknown, string>;
}

/**
 * Every environment variable that Assay reads, besides the keys of model servers
 * (`MODEL_KEY_…`). `docs/operators/configuration.md` lists the same,
 * and a test compares.
 */
export const settings = [
  {
    name: 'PORT',
    default: '3000',
    example: '3000',
    sentence: 'The port that the server listens on; 0 takes a free one.',
    schema: wholeNumber(0, 65_535),
  },
  {
    name: 'HOST',
    default: '',
    example: '127.0.0.1',
    sentence: 'The address that the server listens on; empty means every address of the machine.',
    schema: z.string(),
  },
  {
    name: 'BASE_URL',
    default: '',
    example: 'https://assay.example.org',
    sentence:
      'The address under which people reach this installation, without a path; links are made from it, and https makes cookies secure. Empty means http://localhost and the port.',
    schema: optional(webAddress),
  },
  {
    name: 'ASSAY_DATA',
    default: './data',
    example: '/var/lib/assay',
    sentence:
      'The folder for the SQLite file, uploads and other files that the installation keeps.',
    schema: z.string().min(1, 'is empty'),
  },
  {
    name: 'DATABASE_URL',
    default: '',
    example: 'postgres://assay@localhost/assay',
    secret: true,
    sentence: 'A PostgreSQL server to use instead of the SQLite file in ASSAY_DATA.',
    schema: optional(postgresAddress),
  },
  {
    name: 'TRUSTED_PROXIES',
    default: '',
    example: '1',
    sentence:
      'How many proxies stand in front of the server and may say who the client is and that it came by https. Empty means one where BASE_URL is https, else none.',
    schema: optional(wholeNumber(0, 10)),
  },
  {
    name: 'METRICS_TOKEN',
    default: '',
    example: 'a-long-random-text',
    secret: true,
    sentence: 'The bearer token that opens /metrics; without one the page does not exist.',
    schema: optional(z.string().min(16, 'is shorter than 16 characters')),
  },
  {
    name: 'LOG_LEVEL',
    default: 'info',
    example: 'debug',
    sentence: 'How much is logged: fatal, error, warn, info, debug, trace or silent.',
    schema: z.enum(
      ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'],
      'is not one of fatal, error, warn, info, debug, trace, silent',
    ),
  },
  {
    name: 'UPLOAD_LIMIT_MB',
    default: '4096',
    example: '4096',
    sentence:
      'The largest file that may be uploaded, in megabytes; what it unpacks to may be eight times as large.',
    schema: wholeNumber(1, 1_000_000),
  },
  {
    name: 'REPORT_WAIT_SECONDS',
    default: '5',
    example: '5',
    sentence:
      'How long a page of a report may take before a page that says so comes instead and looks again by itself.',
    schema: wholeNumber(1, 600),
  },
  {
    name: 'EMBEDDINGS_URL',
    default: '',
    example: 'http://localhost:8080/v1/embeddings',
    sentence:
      'The embeddings endpoint of a server that speaks OpenAI’s protocol; the texts of datasets are sent there, and its vectors used instead of latent semantic analysis. Empty means that no text leaves the installation.',
    schema: optional(pageAddress),
  },
  {
    name: 'EMBEDDINGS_MODEL',
    default: 'default',
    example: 'nomic-embed-text',
    sentence: 'The model to ask for at EMBEDDINGS_URL; reports name it.',
    schema: z.string(),
  },
  {
    name: 'EMBEDDINGS_KEY',
    default: '',
    example: 'sk-a-long-random-text',
    secret: true,
    sentence: 'The key that EMBEDDINGS_URL wants, sent as a bearer token.',
    schema: optional(z.string()),
  },
  {
    name: 'MODEL_HOSTS',
    default: '',
    example: 'localhost:8000 api.example.org',
    sentence:
      'The servers of language models that may be asked, by name and port as their address has them, with spaces between. Empty means none.',
    schema: modelHosts,
  },
  {
    name: 'GENERATION_APPROVAL',
    default: 'second-person',
    example: 'own',
    sentence:
      'Who approves that what a model wrote is published as a dataset: second-person is an admin who neither asked for it nor started its run; own is any admin.',
    schema: z.enum(['second-person', 'own'], 'is not one of second-person, own'),
  },
  {
    name: 'REVIEW_DAILY_CAP',
    default: '300',
    example: '300',
    sentence:
      'How many candidates of generations one person is shown for review in a day (UTC), skipped ones included.',
    schema: wholeNumber(1, 100_000),
  },
  {
    name: 'OPEN_LINK_CAP',
    default: '1000',
    example: '1000',
    sentence:
      'How many people may have joined one study by its open link within a day without having answered anything; more are asked to come back later.',
    schema: wholeNumber(1, 1_000_000),
  },
  {
    name: 'ASSAY_SECRET_KEY',
    default: '',
    example: 'what-openssl-rand-base64-32-prints',
    secret: true,
    sentence:
      'The key under which secrets of crowd platforms and the ids of their people are encrypted; keep it apart from the database. Without it nobody can arrive from a platform. A key that changed makes what is stored unreadable.',
    schema: optional(z.string().min(32, 'is shorter than 32 characters')),
  },
  {
    name: 'PROLIFIC_URL',
    default: 'https://api.prolific.com',
    example: 'https://api.prolific.com',
    sentence: 'The server of Prolific’s API.',
    schema: webAddress,
  },
  {
    name: 'PERSON_ID_DAYS',
    default: '90',
    example: '90',
    sentence:
      'How many days after a study was closed the ids of its people at their platforms are kept; then they are erased.',
    schema: wholeNumber(1, 3_650),
  },
  {
    name: 'NODE_ENV',
    default: 'production',
    example: 'development',
    sentence: 'development and test make templates fail on unknown names.',
    schema: z.enum(
      ['production', 'development', 'test'],
      'is not one of production, development, test',
    ),
  },
] as const satisfies readonly Setting[];

type Name = (typeof settings)[number]['name'];

/** A server that turns texts into vectors. */
export interface EmbeddingsSettings {
  readonly url: string;
  readonly model: string;
  readonly key: string | null;
}

/** What is set for language models. */
export interface ModelsConfig {
  /** Servers that may be asked: hosts in lower case, with the port where the address has one. */
  readonly hosts: readonly string[];
  /** The variables whose name begins with `MODEL_KEY_`, by name. */
  readonly keys: Readonly<Record<string, string>>;
  /** The folder with model files. */
  readonly folder: string;
}

/** What is set for crowd platforms. */
export interface PlatformsConfig {
  /** What secrets are encrypted under; without it there are no arrivals from platforms. */
  readonly secretKey: string | null;
  readonly prolificUrl: string;
  /** Days after a study was closed for which the ids of its people are kept. */
  readonly idDays: number;
}

/** What the process was started with: typed, validated, with defaults filled in. */
export interface Config {
  readonly port: number;
  readonly host: string | null;
  readonly baseUrl: string;
  readonly dataFolder: string;
  readonly database: DatabaseLocation;
  readonly trustedProxies: number;
  readonly metricsToken: string | null;
  readonly logLevel: string;
  readonly uploadLimitBytes: number;
  readonly reportWaitMs: number;
  readonly embeddings: EmbeddingsSettings | null;
  readonly models: ModelsConfig;
  /** Who approves a publication: somebody else than who asked and started it, or any admin. */
  readonly generationApproval: 'second-person' | 'own';
  /** How many candidates a person is shown for review in a day. */
  readonly reviewDailyCap: number;
  /** How many may have joined a study by its open link within a day and answered nothing. */
  readonly openLinkCap: number;
  /** What is set for crowd platforms. */
  readonly platforms: PlatformsConfig;
  readonly environment: 'production' | 'development' | 'test';
}

const modelKeys = (environment: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => {
      const key = value?.trim() ?? '';
      return /^MODEL_KEY_[A-Z0-9_]+$/.test(name) && key !== '' ? [[name, key]] : [];
    }),
  );

/**
 * The environment does not fit; the message has one line for each variable at fault, with an
 * example.
 */
export class ConfigurationError extends Error {}

/**
 * Reads and validates the environment. Throws `ConfigurationError` naming each variable, its fault
 * and an example.
 */
export function readConfig(environment: Record<string, string | undefined>): Config {
  const faults: string[] = [];
  const read = <N extends Name>(
    name: N,
  ): z.output<Extract<(typeof settings)[number], { name: N }>['schema']> => {
    const setting: Setting | undefined = settings.find((candidate) => candidate.name === name);
    if (setting === undefined) throw new Error(`no setting ${name}`);
    const value = environment[name]?.trim() ?? setting.default;
    const parsed = setting.schema.safeParse(value === '' ? setting.default : value);
    if (!parsed.success) {
      faults.push(
        `${name}: ${setting.secret === true ? 'its value' : `“${value}”`} ${parsed.error.issues[0]?.message ?? 'cannot be read'}. ${setting.sentence} Example: ${name}=${setting.example}`,
      );
      return undefined as never;
    }
    return parsed.data as never;
  };
  const port = read('PORT');
  const dataFolder = resolve(read('ASSAY_DATA') ?? '.');
  const url = read('DATABASE_URL');
  const baseUrl = read('BASE_URL');
  const behindTls = typeof baseUrl === 'string' && baseUrl.startsWith('https://');
  const trustedProxies = read('TRUSTED_PROXIES') ?? Number(behindTls);
  if (behindTls && trustedProxies === 0)
    faults.push(
      'TRUSTED_PROXIES: “0” does not go with a BASE_URL of https: Assay speaks http, so a proxy in front of it speaks https. Example: TRUSTED_PROXIES=1',
    );
  const [embeddingsUrl, embeddingsModel, embeddingsKey] = [
    read('EMBEDDINGS_URL'),
    read('EMBEDDINGS_MODEL'),
    read('EMBEDDINGS_KEY'),
  ];
  const config: Config = {
    port,
    host: read('HOST') || null,
    baseUrl: baseUrl ?? `http://localhost:${String(port)}`,
    dataFolder,
    database:
      typeof url === 'string'
        ? { engine: 'postgres', url }
        : { engine: 'sqlite', path: resolve(dataFolder, 'assay.sqlite') },
    trustedProxies,
    metricsToken: read('METRICS_TOKEN'),
    logLevel: read('LOG_LEVEL'),
    uploadLimitBytes: read('UPLOAD_LIMIT_MB') * 1024 * 1024,
    reportWaitMs: read('REPORT_WAIT_SECONDS') * 1000,
    embeddings:
      typeof embeddingsUrl === 'string'
        ? { url: embeddingsUrl, model: embeddingsModel, key: embeddingsKey }
        : null,
    models: {
      hosts: read('MODEL_HOSTS'),
      keys: modelKeys(environment),
      folder: resolve(dataFolder, 'models'),
    },
    generationApproval: read('GENERATION_APPROVAL'),
    reviewDailyCap: read('REVIEW_DAILY_CAP'),
    openLinkCap: read('OPEN_LINK_CAP'),
    platforms: {
      secretKey: read('ASSAY_SECRET_KEY'),
      prolificUrl: read('PROLIFIC_URL'),
      idDays: read('PERSON_ID_DAYS'),
    },
    environment: read('NODE_ENV'),
  };
  if (faults.length > 0)
    throw new ConfigurationError(
      `Assay cannot start with these settings:\n  ${faults.join('\n  ')}`,
    );
  return config;
}
