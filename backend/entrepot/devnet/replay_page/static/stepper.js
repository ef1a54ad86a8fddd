// Single keys of the terminal's stepper, where the page has them on; and the scrubber where one is.
(() => {
  'use strict';

  const asks = { d: 'diff-a', ':': 'line' };

  document.addEventListener('keydown', (event) => {
    if (!document.getElementById('keys-on').checked) return;
    if (event.target.closest('input:not([type=range]), dialog')) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const button = document.querySelector(`#moves [data-key="${CSS.escape(event.key)}"]`);
    const target = button ?? document.getElementById(asks[event.key]);
    if (!target) return;
    event.preventDefault();
    if (button) button.click();
    else target.select();
  });

  // What somebody has moved keeps its own value, whatever the server's piece says.
  document.addEventListener('htmx:after:swap', () => {
    const scrubber = document.getElementById('scrub');
    scrubber.value = scrubber.defaultValue;
  });
})();
