/** A file name that every system takes: a title in plain letters, then what the file is. */
export const fileNameOf = (title: string, ending: string): string => {
  const plain = title
    .normalize('NFKD')
    .replaceAll(/[^A-Za-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .toLowerCase()
    .slice(0, 60);
  return `${plain === '' ? 'study' : plain}-${ending}`;
};

/** The name under which a validated dataset is downloaded. */
export const validatedFileName = (dataset: {
  readonly name: string;
  readonly source: string;
}): string => fileNameOf(`${dataset.name} ${dataset.source}`, 'validated.jsonl');

/** The name of a file of a superseded report, which is not the file of that name from before. */
export const supersededName = (name: string): string => name.replace(/(\.\w+)$/, '-superseded$1');
