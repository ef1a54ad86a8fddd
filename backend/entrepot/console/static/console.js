// Moving about by keyboard, and putting the focus where the answer is.
(() => {
  'use strict';

  const OFF = 'entrepot.single-keys-off';
  const keys = document.getElementById('keys');
  const toggle = document.getElementById('keys-on');

  toggle.checked = localStorage.getItem(OFF) === null;
  toggle.addEventListener('change', () => {
    if (toggle.checked) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, 'yes');
  });

  document.getElementById('keys-open').addEventListener('click', () => keys.showModal());

  function move(step) {
    const links = [...document.querySelectorAll('[data-row] th a')];
    if (!links.length) return;
    const at = links.indexOf(document.activeElement);
    const next = at < 0 ? (step > 0 ? 0 : links.length - 1) : at + step;
    links[Math.min(Math.max(next, 0), links.length - 1)].focus();
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    '/': () => document.getElementById('search')?.focus(),
    a: () => document.getElementById('approve')?.focus(),
    '?': () => keys.showModal(),
  };

  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest('input, textarea, select, dialog');
    if (!toggle.checked) return;
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  // A form that signs is sent once, however often its button is pressed.
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (!form.matches('[data-once]')) return;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
    form.querySelector('button').setAttribute('aria-disabled', 'true');
  });

  document.querySelector('[data-focus]')?.focus();
})();
