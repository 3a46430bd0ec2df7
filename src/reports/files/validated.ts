import type { Db } from '#storage/database.js';
import { analysedItems } from '../model/labelAnalysis.js';
import type { StudyData } from '../input/data.js';
import { countedByItem, crowdOf, qualityOf } from './crowd.js';

/** The row as it came with one more field at its end: every byte of the original stays. */
function withField(raw: string, name: string, value: unknown): string | null {
  const text = raw.trim();
  let row: unknown;
  try {
    row = JSON.parse(text);
  } catch {
    return null;
  }
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return null;
  const taken = name in row ? `assay_${name}` : name;
  const empty = Object.keys(row).length === 0;
  return `${text.slice(0, text.lastIndexOf('}')).trimEnd()}${empty ? '' : ', '}${JSON.stringify(taken)}: ${JSON.stringify(value)}}`.replaceAll(
    /[\r\n]+/g,
    ' ',
  );
}

/**
 * The sampled examples of one dataset as JSONL: each row as it came, with a field `crowd` that says
 * what raters judged. A row that was no JSON object (CSV) stands as text in `row`.
 */
export async function* validatedLines(
  db: Db,
  data: StudyData,
  index: number,
): AsyncGenerator<string> {
  const dataset = data.datasets[index];
  if (dataset === undefined) return;
  const counted = countedByItem(data);
  const analyses = analysedItems(data, [index]);
  const rows = await db
    .selectFrom('item')
    .innerJoin('example', 'example.id', 'item.example_id')
    .innerJoin('study', 'study.id', 'item.study_id')
    .select(['example.line_number', 'example.raw'])
    .where('item.dataset_id', '=', dataset.id)
    .where('study.public_id', '=', data.study.publicId)
    .orderBy('example.line_number')
    .execute();
  const itemsByLine = new Map(
    data.items.flatMap((item, at) => (item.dataset === index ? [[item.line, at] as const] : [])),
  );
  for (const row of rows) {
    const at = itemsByLine.get(row.line_number);
    const item = at === undefined ? undefined : data.items[at];
    if (at === undefined || item === undefined) continue;
    const judgments = counted.get(at) ?? [];
    const simulated = judgments.filter(
      (judgment) => data.raters[judgment.rater]?.origin === 'simulated',
    ).length;
    const crowd = {
      item: item.name,
      line: item.line,
      ...crowdOf(item, judgments),
      ...qualityOf(item, analyses.get(at)),
      ...(simulated > 0 ? { simulated } : {}),
      findings: item.findings,
    };
    const raw = Buffer.from(row.raw).toString('utf8');
    yield `${withField(raw, 'crowd', crowd) ?? JSON.stringify({ row: raw, text: item.text, choices: item.choices, label: item.label, crowd })}\n`;
  }
}
