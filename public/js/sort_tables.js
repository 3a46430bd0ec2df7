/**
 * Lets tables marked `data-sortable` be sorted by a click on a heading: numbers by value, times by
 * time, everything else as text, what is empty last. Groups of rows stay together. A table with a
 * name stays sorted when the page is refreshed.
 */
const valueOf = (row, column) => {
  const cell = row.cells[column];
  const text = (
    cell?.dataset.value ??
    cell?.querySelector('time')?.dateTime ??
    cell?.textContent ??
    ''
  ).trim();
  if (text === '' || text === '–') return undefined;
  if (/^\d{4}-\d\d-\d\d/.test(text)) return Date.parse(text);
  const number = Number(
    /^[−-]?[\d,]*\.?\d+/.exec(text)?.[0].replace('−', '-').replaceAll(',', '') ?? NaN,
  );
  return Number.isNaN(number) ? text : number;
};

const rank = (value) => ['number', 'string', 'undefined'].indexOf(typeof value);

function compare(left, right, down) {
  if (rank(left) !== rank(right)) return rank(left) - rank(right);
  if (left === undefined) return 0;
  return (
    (down ? -1 : 1) *
    (typeof left === 'number'
      ? left - right
      : left.localeCompare(right, undefined, { numeric: true }))
  );
}

const isHead = (row) => row.querySelector('[scope="rowgroup"]') !== null;
const sortable = (body) =>
  [...body.rows].filter((row) => !row.hasAttribute('data-stays') && !isHead(row));

function sortBy(table, heading, down) {
  for (const other of heading.parentElement.cells) other.removeAttribute('aria-sort');
  heading.setAttribute('aria-sort', down ? 'descending' : 'ascending');
  const byColumn = (left, right) =>
    compare(
      left && valueOf(left, heading.cellIndex),
      right && valueOf(right, heading.cellIndex),
      down,
    );
  for (const body of table.tBodies)
    body.prepend(...[...body.rows].filter(isHead), ...sortable(body).sort(byColumn));
  if (table.tBodies.length > 1)
    table.append(
      ...[...table.tBodies].sort((left, right) => byColumn(sortable(left)[0], sortable(right)[0])),
    );
}

/** How each named table was sorted last. */
const sorted = new Map();

function makeSortable(table) {
  const name = table.dataset.sortable;
  for (const heading of table.tHead.rows[0].cells) {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'sorts';
    if (name) button.id = `sort-${name}-${heading.cellIndex}`;
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener('click', () => {
      const down = heading.getAttribute('aria-sort') === 'ascending';
      if (name) sorted.set(name, { column: heading.cellIndex, down });
      sortBy(table, heading, down);
    });
  }
  const last = name ? sorted.get(name) : undefined;
  if (last !== undefined) sortBy(table, table.tHead.rows[0].cells[last.column], last.down);
}

const makeAllSortable = (root) => {
  for (const table of root.querySelectorAll('table[data-sortable]')) makeSortable(table);
};

makeAllSortable(document);
document.addEventListener('refreshed', (event) => makeAllSortable(event.target));
