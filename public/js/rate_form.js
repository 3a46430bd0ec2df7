/** As much of an example's text as is kept with an unsent answer. */
const longestText = 300;

const isRequired = (question) => question.hasAttribute('data-required');
const isSeveral = (question) => question.hasAttribute('data-several');

/**
 * The questions of one item's form: which is open, how a digit answers it, how an answer is taken
 * back.
 */
export class RatingForm {
  /** What was chosen or ticked, in the order in which it happened. */
  #answered = [];
  /** The questions with tick boxes whose turn has ended; in an earlier answer that of all has. */
  #passed;

  constructor(element) {
    this.element = element;
    this.#passed = new Set(this.changing ? this.#severals : []);
    this.#answered = [...element.querySelectorAll('.question input:checked, .tick input:checked')];
    element.addEventListener('change', ({ target }) => {
      if (target.type !== 'radio' && target.type !== 'checkbox') return;
      if (target.checked) this.#makeRoomFor(target);
      this.#answered = this.#answered.filter((input) => input !== target && input.checked);
      if (target.checked) this.#answered.push(target);
      this.mark();
    });
    for (const event of ['input', 'focusin', 'focusout'])
      element.addEventListener(event, () => this.mark());
  }

  /** Unticks what cannot be ticked together with an option: all others, or the exclusive one. */
  #makeRoomFor(ticked) {
    if (ticked.type !== 'checkbox') return;
    const exclusive = (input) => input.hasAttribute('data-exclusive');
    for (const input of this.element.querySelectorAll('[data-several] input:checked'))
      if (input !== ticked && input.name === ticked.name && (exclusive(input) || exclusive(ticked)))
        input.checked = false;
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

  get #severals() {
    return [...this.element.querySelectorAll('[data-several]')];
  }

  #isOpen(question) {
    const text = question.querySelector('textarea');
    return text === null
      ? question.querySelector('input:checked') === null
      : text.value.trim() === '';
  }

  /** The first question that must be answered and is not. */
  get open() {
    return [...this.element.querySelectorAll('[data-required]')].find((question) =>
      this.#isOpen(question),
    );
  }

  /** The first question that is still to come: one that is open, or one with tick boxes. */
  get next() {
    return [...this.element.querySelectorAll('[data-required], [data-several]')].find(
      (question) =>
        (isSeveral(question) && !this.#passed.has(question)) ||
        (isRequired(question) && this.#isOpen(question)),
    );
  }

  get #focused() {
    const focused = document.activeElement?.closest('.question');
    return focused && this.element.contains(focused) ? focused : null;
  }

  /**
   * The question that digits answer now: one with the focus where several answers can be ticked or
   * that is optional and open, else the first that is still to come, else, without a focus, the
   * last one where several answers can be ticked.
   */
  get addressed() {
    const focused = this.#focused;
    if (focused && isSeveral(focused)) return focused;
    if (focused?.matches('fieldset:not([data-required])') && this.#isOpen(focused)) return focused;
    return this.next ?? (focused ? undefined : this.#severals.at(-1));
  }

  /**
   * Ends the turn of the addressed question where it has tick boxes; false where it has none, or
   * must be answered first.
   */
  pass() {
    const question = this.addressed;
    if (!question || !isSeveral(question)) return false;
    if (isRequired(question) && this.#isOpen(question)) return false;
    this.#passed.add(question);
    this.mark();
    return true;
  }

  /** Marks at its edge the question that the keys talk to. */
  mark() {
    const addressed = this.addressed;
    for (const question of this.element.querySelectorAll('.question'))
      question.classList.toggle('active', question === addressed);
  }

  /**
   * Answers the addressed question, and says what came of it: `chosen`, `ticked` where more answers
   * can follow, or `null` where it has no such option.
   */
  answer(digit) {
    const option = this.addressed?.querySelector(`input[data-digit="${digit}"]`);
    if (!option) return null;
    if (option.type === 'checkbox') {
      // The focus stays on the question, so that further digits are for it.
      option.focus();
      option.click();
      return 'ticked';
    }
    option.checked = true;
    option.dispatchEvent(new Event('change', { bubbles: true }));
    return 'chosen';
  }

  /** Ticks "unclear", or takes the tick away. */
  toggleUnclear() {
    this.element.querySelector('.tick input')?.click();
  }

  /** Takes the last answer back; false where nothing is answered. */
  takeBack() {
    const last = this.#answered.at(-1);
    if (last === undefined) return false;
    last.checked = false;
    this.#passed.delete(last.closest('[data-several]'));
    last.dispatchEvent(new Event('change', { bubbles: true }));
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
      const controls = [...question.querySelectorAll('input:checked, textarea')];
      const words = controls.map((control) => {
        const chosen = control.closest('.answer')?.querySelector('.words').textContent;
        return chosen ?? (control.type === 'checkbox' ? '✓' : control.value);
      });
      if (words.join('').trim() !== '')
        answers.push([question.querySelector('.asked, span').textContent.trim(), words.join('; ')]);
    }
    const comment = this.element.querySelector('.comment textarea');
    return comment.value.trim() === ''
      ? answers
      : [...answers, [comment.getAttribute('aria-label'), comment.value]];
  }
}
