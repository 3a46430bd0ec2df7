/** As much of an example's text as is kept with an unsent answer. */
const longestText = 300;

/**
 * The questions of one item's form: which is open, how a digit answers it, how an answer is taken
 * back.
 */
export class RatingForm {
  /** Names of what was answered, in the order in which it happened. */
  #answered = [];

  constructor(element) {
    this.element = element;
    for (const input of element.querySelectorAll('.question input:checked, .tick input:checked'))
      this.#answered.push(input.name);
    element.addEventListener('change', (event) => {
      const { name, type, checked } = event.target;
      if (type !== 'radio' && type !== 'checkbox') return;
      this.#answered = this.#answered.filter((other) => other !== name);
      if (checked) this.#answered.push(name);
      this.mark();
    });
    element.addEventListener('input', () => this.mark());
    element.addEventListener('focusin', () => this.mark());
  }

  get id() {
    return this.element.dataset.assignment;
  }

  get changing() {
    return this.element.dataset.mode === 'change';
  }

  get empty() {
    return this.#answered.length === 0;
  }

  #isOpen(question) {
    const text = question.querySelector('textarea');
    return text === null
      ? question.querySelector('input:checked') === null
      : text.value.trim() === '';
  }

  /** The first question that must be answered and is not. */
  get open() {
    return [...this.element.querySelectorAll('.question')].find(
      (question) => question.querySelector('[required]') !== null && this.#isOpen(question),
    );
  }

  /**
   * The question that digits answer now: an optional one that has the focus, else the first open
   * one.
   */
  get addressed() {
    const focused = document.activeElement?.closest('fieldset.question');
    if (
      focused &&
      this.element.contains(focused) &&
      focused.querySelector('[required]') === null &&
      this.#isOpen(focused)
    )
      return focused;
    return this.open;
  }

  /** Marks at its edge the question that the keys talk to. */
  mark() {
    const addressed = this.addressed;
    for (const question of this.element.querySelectorAll('.question'))
      question.classList.toggle('active', question === addressed);
  }

  /** Answers the addressed question; false where it has no such option. */
  answer(digit) {
    const option = this.addressed?.querySelector(`input[data-digit="${digit}"]`);
    if (!option) return false;
    option.checked = true;
    option.dispatchEvent(new Event('change', { bubbles: true }));
    return true;
  }

  /** Ticks "unclear", or takes the tick away. */
  toggleUnclear() {
    this.element.querySelector('.tick input')?.click();
  }

  /** Takes the last answer back; false where nothing is answered. */
  takeBack() {
    const name = this.#answered.pop();
    if (name === undefined) return false;
    for (const input of this.element.querySelectorAll('input:checked'))
      if (input.name === name) input.checked = false;
    this.mark();
    return true;
  }

  /** What the form sends, without the session's token. */
  get fields() {
    return [...new FormData(this.element)].filter(([name]) => name !== 'csrf');
  }

  /** What is kept of an answer until it is saved, for its rater to know it by. */
  get entry() {
    const text = this.element.querySelector('.text').textContent.slice(0, longestText);
    return { id: this.id, key: this.element.elements.key.value, text, answers: this.#answers() };
  }

  /** Pairs of what was asked and what is answered, in words. */
  #answers() {
    const answers = [];
    for (const question of this.element.querySelectorAll('.question, .tick')) {
      const control = question.querySelector('input:checked, textarea');
      const chosen = control?.closest('.answer')?.querySelector('.words').textContent;
      const words = chosen ?? (control?.type === 'checkbox' ? '✓' : (control?.value ?? ''));
      if (words.trim() !== '')
        answers.push([question.querySelector('.asked, span').textContent.trim(), words]);
    }
    const comment = this.element.querySelector('.comment textarea');
    return comment.value.trim() === ''
      ? answers
      : [...answers, [comment.getAttribute('aria-label'), comment.value]];
  }
}
