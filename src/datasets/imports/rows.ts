/** A finding as it is stored beside its example. */
export interface RowFinding {
  readonly finding: string;
  readonly detail: string | null;
}

/** An accepted row, ready to be stored. */
export interface NewExample {
  readonly line: number;
  readonly hash: Uint8Array;
  readonly text: string;
  /** JSON of the choices. */
  readonly choices: string;
  readonly labelChoice: number | null;
  readonly labelConfidence: number | null;
  readonly fixedOrder: boolean;
  readonly doubtful: boolean;
  readonly raw: Uint8Array;
  readonly findings: readonly RowFinding[];
}

/** A row that cannot be an example. */
export interface NewRejection {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly raw: Uint8Array;
}

/**
 * Bulk writes of the rows of one version. Kysely compiles a statement per row; these are compiled once (SQLite)
 * or carry arrays (PostgreSQL).
 */
export interface RowStore {
  /** Stores a step of rows in one short transaction. */
  write(
    datasetId: number,
    examples: readonly NewExample[],
    rejections: readonly NewRejection[],
  ): Promise<void>;
  close(): Promise<void>;
}
