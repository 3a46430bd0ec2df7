import { FileFailure } from './rejections.js';

/** A kind of file that is not read, with what it is and what to do about it. */
interface OtherKind {
  /** True where the first bytes (as Latin-1) are those of such a file. */
  readonly begins: RegExp;
  readonly sentence: string;
}

const spreadsheet = 'Open it, save its sheet as “CSV UTF-8”, and import that.';
const archive = 'Unpack it, and import the files in it.';
const document = 'Put its rows into a CSV or JSONL file, and import that.';
const repack = 'Unpack it, or pack it with gzip.';
const program = 'Write its rows as JSONL, CSV or Parquet, and import that.';

/* oxlint-disable no-control-regex -- these are the bytes that such files begin with */
const otherKinds: readonly OtherKind[] = [
  {
    begins: /^PK\x03\x04[^]*?\bxl\/(?:workbook|worksheets|theme|styles|sharedStrings|_rels)/,
    sentence: `It is an Excel workbook (.xlsx). ${spreadsheet}`,
  },
  {
    begins: /^PK\x03\x04[^]{26}mimetypeapplication\/vnd\.oasis\.opendocument\.spreadsheet/,
    sentence: `It is a spreadsheet of OpenDocument (.ods). ${spreadsheet}`,
  },
  {
    begins: /^PK\x03\x04[^]*?\bword\/(?:document|styles|theme|_rels)/,
    sentence: `It is a Word document (.docx). ${document}`,
  },
  { begins: /^PK(?:\x03\x04|\x05\x06|\x07\x08)/, sentence: `It is a zip archive. ${archive}` },
  {
    begins: /^\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1/,
    sentence:
      'It is a file of an older Microsoft Office, such as an Excel workbook (.xls). ' + spreadsheet,
  },
  { begins: /^%PDF-/, sentence: `It is a PDF document. ${document}` },
  { begins: /^\{\\rtf/, sentence: `It is a text document (RTF). ${document}` },
  {
    begins: /^(?:\xef\xbb\xbf)?\s*<(?:!doctype html|html|head|body|table)\b/i,
    sentence: 'It is a web page (HTML). Download the data file itself, not the page that shows it.',
  },
  {
    begins: /^(?:\xef\xbb\xbf)?\s*<\?xml\b/i,
    sentence: `It is XML. ${program}`,
  },
  {
    begins: /^version https:\/\/git-lfs\.github\.com\/spec\//,
    sentence:
      'It is a pointer of Git LFS, not the data. Fetch the data with “git lfs pull”, and ' +
      'import that.',
  },
  { begins: /^[^]{257}ustar/, sentence: `It is a tar archive. ${archive}` },
  { begins: /^7z\xbc\xaf\x27\x1c/, sentence: `It is a 7z archive. ${archive}` },
  { begins: /^Rar!\x1a\x07/, sentence: `It is a RAR archive. ${archive}` },
  { begins: /^BZh[1-9]1AY&SY/, sentence: `It is packed with bzip2. ${repack}` },
  { begins: /^\xfd7zXZ\x00/, sentence: `It is packed with xz. ${repack}` },
  { begins: /^\x28\xb5\x2f\xfd/, sentence: `It is packed with zstd. ${repack}` },
  { begins: /^\x04\x22\x4d\x18/, sentence: `It is packed with lz4. ${repack}` },
  { begins: /^\x1f\x8b/, sentence: 'It is packed with gzip twice. Unpack it once.' },
  { begins: /^SQLite format 3\x00/, sentence: `It is an SQLite database. ${program}` },
  { begins: /^(?:ARROW1|FEA1)/, sentence: `It is an Arrow (Feather) file. ${program}` },
  { begins: /^Obj\x01/, sentence: `It is an Avro file. ${program}` },
  { begins: /^\x93NUMPY/, sentence: `It is an array of numpy. ${program}` },
  { begins: /^\x80[\x02-\x05][^]*\.?/, sentence: `It is a pickle of Python. ${program}` },
];
/* oxlint-enable no-control-regex */

/** Throws a `FileFailure` that names a file of another kind by its first bytes. */
export function refuseOtherKinds(head: Buffer): void {
  const text = head.toString('latin1');
  const kind = otherKinds.find(({ begins }) => begins.test(text));
  if (kind !== undefined) throw new FileFailure('other_kind', kind.sentence);
}
