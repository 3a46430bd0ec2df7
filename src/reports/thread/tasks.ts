import type { DatabaseLocation } from '#storage/database.js';
import type { Config } from '../../config.js';
import type { BundleFormat } from '../files/bundle.js';
import type { ReportModel } from '../model/schema/report.js';
import type { PlotFormat } from '../plots/plot.js';
import type { Theme } from '../plots/standalone.js';

/** What a report is of: a study as it stands now, or a report that was frozen (public ids). */
export type Subject =
  | { readonly study: string }
  | {
      readonly frozen: string;
      /** When a rater whose answers it holds withdrew: from then on it is shown without judgments. */ readonly superseded:
        | number
        | null;
    };

/**
 * A part of a report that has a page of its own. A pair goes by the id of its generated dataset.
 */
export type Part =
  | { readonly kind: 'overview' }
  | { readonly kind: 'dataset' | 'pair'; readonly id: string };

/**
 * What the computing thread is asked. It opens a connection of its own, read-only but where texts
 * are measured.
 */
export type ReportTask = {
  readonly location: DatabaseLocation;
  readonly config: Config;
  readonly now: number;
  readonly subject: Subject;
} & (
  | {
      readonly kind: 'part';
      readonly part: Part;
      /** Address under which the report's pages are. */ readonly base: string;
      /** Fingerprint of the page that is known already. */ readonly known: string | null;
    }
  | { readonly kind: 'file'; readonly format: 'html' | 'json'; readonly path: string }
  | {
      readonly kind: 'plot';
      /** Id of one of `plotsOf`. */ readonly plot: string;
      readonly format: PlotFormat;
      readonly theme: Theme;
      readonly path: string;
    }
  | { readonly kind: 'bundle'; readonly format: BundleFormat; readonly path: string }
  | {
      readonly kind: 'publication';
      /** A name of `publications`. */ readonly publication: string;
      /** Where it is about one dataset. */ readonly dataset: string | null;
      readonly path: string;
    }
  | { readonly kind: 'dataset'; readonly dataset: string; readonly path: string }
  | { readonly kind: 'freeze' }
  | { readonly kind: 'texts' }
);

/** What the frame around a report's pages has to know of it. */
export interface Outline {
  readonly fingerprint: string;
  readonly title: string;
  readonly computedAt: number;
  readonly interim: boolean;
  readonly verdict: readonly string[];
  readonly totals: ReportModel['totals'];
  readonly datasets: readonly {
    readonly id: string;
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

/**
 * What the thread says of a frozen report in the format of another version; errors lose everything
 * but their message on the way.
 */
export const otherFormat =
  'This report was frozen by an earlier version of Assay, in another format.';

/** A report that is about to be frozen: the gzipped file with numbers and data. */
export interface FrozenContent {
  readonly content: Uint8Array;
  readonly sha256: string;
  /** Pseudonyms of those whose answers it holds. */
  readonly raters: readonly string[];
}

/** The report has no such plot: those that it has. */
export interface KnownPlots {
  readonly plots: readonly string[];
}

/**
 * What comes back: a page (null where the known one still holds), the outline of a report that was
 * written to a file, content to freeze, the plots that there are, or null where there is nothing to
 * say.
 */
export type ReportAnswer = ReportPart | Outline | FrozenContent | KnownPlots | null;
