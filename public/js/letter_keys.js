/** What the pages that go by letter keys share: which key is meant, and where letters are text. */

/** The letter of a key, by its place on a Latin keyboard where the layout writes another script. */
export const keyOf = ({ key, code }) =>
  /^[a-z?]$/i.test(key)
    ? key.toLowerCase()
    : code.startsWith('Key')
      ? code.slice(3).toLowerCase()
      : key;

export const isText = (element) =>
  element instanceof HTMLTextAreaElement ||
  (element instanceof HTMLInputElement && !['radio', 'checkbox'].includes(element.type)) ||
  element.isContentEditable;

/** Whether a key is one press of one key; filled-in forms and input methods send others too. */
export const isPlainKey = (event) =>
  Boolean(event.key) &&
  !event.defaultPrevented &&
  !event.repeat &&
  !event.isComposing &&
  !event.ctrlKey &&
  !event.altKey &&
  !event.metaKey;
