import type { DatabaseLocation } from '#storage/database.js';
import type { Config } from '../../config.js';
import type { BundleFormat } from '../files/bundleFormats.js';
import type { StoredFile } from '../frozen/stored.js';
import type { ReportModel } from '../model/schema/report.js';
import type { PlotFormat } from '../plots/plot.js';
import type { Theme } from '../plots/plot.js';

/**
 * A part of a report that has a page of its own. A pair goes by the id of its generated dataset.
 */
export type Part =
  | { readonly kind: 'overview' }
  | { readonly kind: 'dataset' | 'pair'; readonly id: string };

/** A file that a report offers. */
export type Download =
  | { readonly kind: 'file'; readonly format: 'html' | 'json' }
  | {
      readonly kind: 'plot';
      /** Id of one of `plotsOf`. */ readonly plot: string;
      readonly format: PlotFormat;
      readonly theme: Theme;
    }
  | { readonly kind: 'bundle'; readonly format: BundleFormat }
  | {
      readonly kind: 'publication';
      /** A name of `publications`. */ readonly publication: string;
      /** Where it is about one dataset. */ readonly dataset: string | null;
    }
  | { readonly kind: 'dataset'; readonly dataset: string };

/**
 * What the computing thread is asked of a study (its public id). It opens a connection of its own,
 * read-only but where texts are measured.
 */
export type StudyTask = {
  readonly location: DatabaseLocation;
  readonly config: Config;
  readonly now: number;
  readonly study: string;
  /** Which report was computed last, and when: it keeps its time until its data changes. */
  readonly computed: { readonly fingerprint: string; readonly at: number } | null;
} & (
  | {
      readonly kind: 'part';
      readonly part: Part;
      /** Address under which the report's pages are. */ readonly base: string;
      /** Fingerprint of the page that is known already. */ readonly known: string | null;
    }
  | (Download & { readonly path: string })
  | { readonly kind: 'freeze'; /** Public id of the frozen report. */ readonly report: string }
  | { readonly kind: 'texts' }
);

/**
 * What the computing thread is asked of a report that was frozen: to make its files, where they
 * were not stored with it, or a picture of a stored plot.
 */
export type FrozenTask =
  | {
      readonly kind: 'files';
      readonly location: DatabaseLocation;
      readonly config: Config;
      /** Public id of the frozen report. */ readonly report: string;
    }
  | { readonly kind: 'picture'; readonly svg: string; readonly path: string };

export type ReportTask = StudyTask | FrozenTask;

/** What the frame around a report's pages has to know of it. */
export interface Outline {
  readonly fingerprint: string;
  readonly title: string;
  readonly computedAt: number;
  readonly interim: boolean;
  /** The stamp of the verdict; empty where nothing is to come. */
  readonly stamp: string;
  readonly verdict: readonly string[];
  readonly totals: ReportModel['totals'];
  /** What reviewers ask; null in reports of earlier formats. */
  readonly asked: ReportModel['asked'];
  readonly datasets: readonly {
    readonly id: string;
    readonly name: string;
    readonly title: string;
    readonly behaviour: string;
    readonly source: 'generated' | 'human';
  }[];
  readonly pairs: readonly { readonly id: string; readonly behaviour: string }[];
}

/** One page of a report as HTML, without its frame. */
export interface ReportPart {
  readonly outline: Outline;
  readonly body: string;
}

/** A report that is about to be frozen. */
export interface FrozenContent {
  /** The gzipped file with numbers and data. */
  readonly content: Uint8Array;
  readonly format: string;
  readonly software: string;
  readonly sha256: string;
  /** Everything that it offers beside that. */
  readonly files: readonly StoredFile[];
  /** Pseudonyms of those whose answers it holds. */
  readonly raters: readonly string[];
}

/** The report has no such plot: those that it has. */
export interface KnownPlots {
  readonly plots: readonly string[];
}

/** What comes back for a study's task; null where there is nothing to say. */
export type StudyAnswer = ReportPart | Outline | FrozenContent | KnownPlots | null;

/** Files that were made of a frozen report; null where this version cannot read it. */
export type MadeFiles = readonly StoredFile[] | null;
