// Says under the two numbers what the ticked datasets would cost; the server says it again on the
// review page.
const form = document.querySelector('[data-study-form]');
const cost = form?.querySelector('[data-cost]');
if (cost) {
  const whole = (name) => Math.max(0, Math.floor(Number(form.elements[name].value)) || 0);
  const show = () => {
    const chosen = [...form.querySelectorAll('input[name="datasets"]:checked')];
    const examples = chosen.reduce(
      (sum, input) => sum + Math.min(whole('sampleSize'), Number(input.dataset.examples)),
      0,
    );
    cost.hidden = chosen.length === 0;
    cost.textContent = `About ${examples.toLocaleString('en-GB')} examples and ${(examples * whole('overlap')).toLocaleString('en-GB')} judgments.`;
  };
  form.addEventListener('change', show);
  show();
}
