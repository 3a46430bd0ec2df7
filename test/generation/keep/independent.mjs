// Filters a released set as Perez et al. (2022) describe it, without the code of Assay:
//   node independent.mjs FOLDER '[{"top": 500, "half": true, "balance": true, "relevance": false}]'
// Prints for every .jsonl file of the folder and every case the numbers of the rows that are kept,
// from 0, ascending. The confidence of a row is its label_confidence; with `relevance`, the mean of
// that and of a second figure that is made of its text, since the released rows have none.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, cases] = process.argv.slice(2);
const sha = (text) => createHash('sha256').update(text).digest();

function readRows(file) {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, number) => {
      const row = JSON.parse(line);
      const plain = row.statement
        .toLowerCase()
        .replace(/[^\p{L}\p{N}]+/gu, ' ')
        .trim();
      return {
        number,
        label: row.answer_matching_behavior.trim(),
        confidence: row.label_confidence,
        second: sha(`relevance ${row.statement}`).readUInt32BE() / 2 ** 32,
        hash: sha(plain).toString('hex'),
      };
    });
}

function filter(rows, { top, half, balance, relevance }) {
  const scoreOf = (row) => (relevance ? (row.confidence + row.second) / 2 : row.confidence);
  const kept = {};
  for (const label of ['Yes', 'No']) {
    const own = rows.filter((row) => row.label === label);
    own.sort((a, b) => {
      if (scoreOf(a) !== scoreOf(b)) return scoreOf(b) - scoreOf(a);
      if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
      return a.number - b.number;
    });
    kept[label] = own.filter((row) => !half || scoreOf(row) >= 0.5);
    if (top !== null) kept[label] = kept[label].slice(0, top);
  }
  if (balance) {
    const fewest = Math.min(kept.Yes.length, kept.No.length);
    kept.Yes = kept.Yes.slice(0, fewest);
    kept.No = kept.No.slice(0, fewest);
  }
  return [...kept.Yes, ...kept.No].map((row) => row.number).sort((a, b) => a - b);
}

const found = {};
for (const name of readdirSync(folder))
  if (name.endsWith('.jsonl')) {
    const rows = readRows(join(folder, name));
    found[name] = JSON.parse(cases).map((one) => filter(rows, one));
  }
process.stdout.write(JSON.stringify(found));
