/** The formats in which all tables of a report come. */
export const bundleFormats = ['csv', 'parquet'] as const;
export type BundleFormat = (typeof bundleFormats)[number];
