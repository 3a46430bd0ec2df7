/**
 * The review of candidates by keys, with the time of work measured as on the rating page. Without it
 * the page is a plain form.
 */
import { isPlainKey, isText, keyOf } from './letter_keys.js';
import { takeTimes } from './rate_time.js';

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
    else time.value = String(takeTimes().activeMs);
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

/** The choice of this browser (WCAG 2.1.4): speech input, for one, types letters nobody pressed. */
const storedAs = 'assay.review.letterKeys';
const switchButton = document.querySelector('[data-letters-switch]');
const shortcuts = [...document.querySelectorAll('[aria-keyshortcuts]')].map((element) => ({
  element,
  keys: element.getAttribute('aria-keyshortcuts'),
}));
let letters = localStorage.getItem(storedAs) !== 'off';

function showLetters() {
  switchButton.textContent = letters ? 'Switch the letter keys off' : 'Switch the letter keys on';
  for (const { element, keys } of shortcuts) {
    if (letters) element.setAttribute('aria-keyshortcuts', keys);
    else element.removeAttribute('aria-keyshortcuts');
    element.querySelector('kbd').hidden = !letters;
  }
}

switchButton.addEventListener('click', () => {
  letters = !letters;
  localStorage.setItem(storedAs, letters ? 'on' : 'off');
  showLetters();
});
showLetters();

function startEdit() {
  edit.open = true;
  edit.querySelector('textarea')?.focus();
}

/** Discards what was typed, so that accepting afterwards is no edit. */
function stopEdit() {
  for (const field of edit.querySelectorAll('textarea, input')) field.value = field.defaultValue;
  edit.open = false;
  candidate?.focus({ preventScroll: true });
}

document.addEventListener('keydown', (event) => {
  if (!event.key || event.isComposing) return;
  const inEdit = edit?.contains(document.activeElement) && isText(document.activeElement);
  if (inEdit && event.key === 'Escape') {
    event.preventDefault();
    stopEdit();
  } else if (inEdit && event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit(saveButton);
  }
  if (!letters || !isPlainKey(event) || isText(event.target)) return;
  const key = keyOf(event);
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
