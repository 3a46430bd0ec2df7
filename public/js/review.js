/**
 * Makes the review of an upload quicker: filters its rows while somebody types, ticks all of them,
 * sets source and role of the ticked ones at once, and counts what the start button would import.
 * The form `[data-review]` does the same without this, a page at a time.
 */
const form = document.querySelector('form[data-review]');
const start = form?.querySelector('[data-start]');
if (form instanceof HTMLFormElement) enhance();

function enhance() {
  const rows = [...form.querySelectorAll('[data-row]')];
  const filter = form.querySelector('#filter');
  const all = form.querySelector('#tick-all');
  const status = form.querySelector('[data-status]');
  const none = form.querySelector('[data-none]');
  const open = form.querySelector('[data-open]');
  const tickOf = (row) => row.querySelector('[name=ticked]');
  const fieldOf = (row, name) => form.elements[`${row.id}.${name}`];
  const plural = (count, one, many = `${one}s`) =>
    `${count.toLocaleString('en-GB')} ${count === 1 ? one : many}`;

  // The filter hides rows and does nothing else: it is not sent, and every row is.
  form.querySelector('[data-filter]').hidden = true;
  filter.removeAttribute('name');
  filter.addEventListener('keydown', (event) => {
    if (event.key === 'Enter') event.preventDefault();
  });
  const shows = () => {
    const wanted = filter.value.trim().toLowerCase();
    for (const row of rows) {
      const behaviour = fieldOf(row, 'behaviour')?.value ?? '';
      const path = row.querySelector('.path').textContent;
      row.hidden = ![path, behaviour].some((text) => text.toLowerCase().includes(wanted));
    }
    none.hidden = rows.some((row) => !row.hidden);
  };
  filter.addEventListener('input', () => {
    shows();
    countTicked();
    countFiles();
  });

  // What is done to ticked files is done to those that are seen.
  const shown = () => rows.filter((row) => !row.hidden && tickOf(row) !== null);
  const ticked = () => shown().filter((row) => tickOf(row).checked);
  function countTicked() {
    const count = ticked().length;
    all.checked = count > 0 && count === shown().length;
    all.indeterminate = !all.checked && count > 0;
    status.textContent = count === 0 ? '' : `${count} selected ·`;
  }
  // What is ticked is sent row by row.
  all.removeAttribute('name');
  all.addEventListener('change', () => {
    for (const row of shown()) tickOf(row).checked = all.checked;
    countTicked();
  });

  /** What the form would import, and what is still to be decided, as it is filled in now. */
  function countFiles() {
    if (start === null) return;
    const files = rows.filter((row) => row.id !== '' && fieldOf(row, 'role').value !== 'leave-out');
    const undecided = files.filter(
      (row) => row.hasAttribute('data-unread') || fieldOf(row, 'source').value === '',
    );
    const ready = files.length - undecided.length;
    start.textContent = ready === 0 ? 'Import' : `Import ${plural(ready, 'file')}`;
    if (undecided.length === 0) {
      open.replaceChildren();
      return;
    }
    const words = document.createElement('strong');
    words.textContent = plural(undecided.length, 'file needs a decision', 'files need a decision');
    const first = undecided.find((row) => !row.hidden);
    if (first === undefined) {
      open.replaceChildren(words);
      return;
    }
    const link = document.createElement('a');
    link.href = `#${first.id}`;
    link.textContent = first.querySelector('.path').textContent;
    const place = document.createElement('span');
    place.append('First: ', link);
    open.replaceChildren(words, ' ', place);
  }

  form.addEventListener('change', (event) => {
    if (event.target.name === 'ticked') countTicked();
    else if (event.target !== filter) countFiles();
  });
  form.addEventListener('click', (event) => {
    const button = event.target.closest('button[value^="set:"]');
    if (button === null) return;
    event.preventDefault();
    const menu = button.closest('details');
    if (menu !== null) {
      menu.open = false;
      menu.querySelector('summary').focus();
    }
    const chosen = ticked();
    if (chosen.length === 0) {
      status.textContent = 'Tick the files first.';
      return;
    }
    const [, field, value] = button.value.split(':');
    for (const row of chosen) fieldOf(row, field).value = value;
    countFiles();
    status.textContent = `${plural(chosen.length, 'file')}: ${button.textContent.trim()} ·`;
  });
  document.addEventListener('click', (event) => {
    for (const menu of form.querySelectorAll('details.menu[open]'))
      if (!menu.contains(event.target)) menu.open = false;
  });
  form.addEventListener('keydown', (event) => {
    const menu = event.target.closest?.('details.menu[open]');
    if (event.key !== 'Escape' || !menu) return;
    menu.open = false;
    menu.querySelector('summary').focus();
  });

  countFiles();
  countTicked();
}
