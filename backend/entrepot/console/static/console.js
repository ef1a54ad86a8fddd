// Moving about by keyboard, and putting the focus where the answer is.
(() => {
  'use strict';

  const OFF = 'entrepot.single-keys-off';
  const GOING_MS = 1500;

  // Times are written by the server, where the reader is.
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const told = `entrepot_zone=${zone}`;
  if (zone && !document.cookie.split('; ').includes(told)) {
    document.cookie = `${told}; path=/; max-age=31536000; samesite=lax`;
  }

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

  // What is to be written stands behind a button; the key opens it and goes to its field.
  function write(id) {
    unfold(document.getElementById(id));
  }

  function unfold(place) {
    if (!place) return;
    place.open = true;
    place.querySelector('input:not([type=hidden])').focus();
  }

  const actions = {
    j: () => move(1),
    k: () => move(-1),
    '/': () => document.getElementById('search')?.focus(),
    a: () => document.getElementById('approve')?.focus(),
    q: () => write('asking'),
    r: () => write('declining'),
    h: () => {
      const row = document.activeElement.closest('[data-row], .tranches > li') ?? document;
      unfold(document.getElementById('holding') ?? row.querySelector('.holding'));
    },
    g: () => { leaving = true; setTimeout(() => { leaving = false; }, GOING_MS); },
    '?': () => keys.showModal(),
  };

  // `g` and the letter of a page; the menu says which letter.
  let leaving = false;
  for (const link of document.querySelectorAll('nav [data-key]')) link.title = `g ${link.dataset.key}`;

  function go(key) {
    leaving = false;
    document.querySelector(`nav [data-key="${CSS.escape(key)}"]`)?.click();
  }

  document.addEventListener('keydown', (event) => {
    const writing = event.target.closest('input, textarea, select, dialog');
    if (!toggle.checked) return;
    if (writing || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = leaving ? () => go(event.key) : actions[event.key];
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
