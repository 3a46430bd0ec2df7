/**
 * The review of candidates by keys, with the time of work measured as on the rating page. Without it
 * the page is a plain form.
 */
import { takeActiveMs } from './rate_time.js';

const form = document.querySelector('form[data-review]');
const edit = document.querySelector('details[data-edit]');
const saveButton = form?.querySelector('button[value="edited"]');
let sent = false;

for (const one of document.querySelectorAll('[data-keys]')) one.hidden = false;

if (form) {
  const time = document.createElement('input');
  time.type = 'hidden';
  time.name = 'active_ms';
  form.append(time);
  form.addEventListener('submit', (event) => {
    // A second press while the answer is on its way sends nothing.
    if (sent) event.preventDefault();
    else time.value = String(takeActiveMs());
    sent = true;
  });
  // Back from the next page, the form can be sent again: the server tells what is new.
  addEventListener('pageshow', () => {
    sent = false;
  });
}

const candidate = document.getElementById('candidate');
if (candidate && !document.querySelector('.error-summary'))
  candidate.focus({ preventScroll: true });

const isText = (element) => element.matches('input, textarea, select, [contenteditable]');

function startEdit() {
  edit.open = true;
  edit.querySelector('textarea')?.focus();
}

function stopEdit() {
  edit.open = false;
  candidate?.focus({ preventScroll: true });
}

document.addEventListener('keydown', (event) => {
  const inEdit = edit?.contains(document.activeElement) && isText(document.activeElement);
  if (inEdit && event.key === 'Escape') {
    event.preventDefault();
    stopEdit();
  } else if (inEdit && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(saveButton);
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || isText(event.target))
    return;
  const key = event.key.toLowerCase();
  if (key === 'e' && edit) {
    event.preventDefault();
    startEdit();
    return;
  }
  const button = document.querySelector(`button[data-key="${CSS.escape(key)}"]`);
  if (button === null) return;
  event.preventDefault();
  button.form.requestSubmit(button);
});
