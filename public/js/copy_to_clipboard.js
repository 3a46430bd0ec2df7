// Buttons with data-copy="id" copy the text of that element; without a clipboard they stay hidden.
if (navigator.clipboard) {
  for (const button of document.querySelectorAll('button[data-copy]')) {
    button.hidden = false;
    button.addEventListener('click', async () => {
      await navigator.clipboard.writeText(
        document.getElementById(button.dataset.copy).textContent.trim(),
      );
      const before = button.textContent;
      button.textContent = 'Copied';
      button.addEventListener('blur', () => (button.textContent = before), { once: true });
    });
  }
}
