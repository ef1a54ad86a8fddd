// Rows of a list that are picked out, by mouse or `x`: taken as a file, or opened one after another.
(() => {
  'use strict';

  const LEFT = 'entrepot.picked';
  const chosen = new Set();

  const boxes = () => [...document.querySelectorAll('[data-pick]')];
  const left = () => JSON.parse(sessionStorage.getItem(LEFT) ?? '[]');

  function change(element, name, value) {
    if (element[name] !== value) element[name] = value;
  }

  // The live stream may put the list anew: what was picked stays picked, while it is there.
  function show() {
    const bar = document.getElementById('picked');
    if (!bar) return;
    const there = boxes();
    for (const box of there) change(box, 'checked', chosen.has(box.value));
    const ids = there.filter((box) => box.checked).map((box) => box.value);
    change(bar, 'hidden', !ids.length);
    change(bar.querySelector('output'), 'textContent', `${ids.length}`);
    for (const link of bar.querySelectorAll('[data-file]')) {
      change(link, 'href', new URL(`${link.dataset.file}&only=${ids.join(',')}`, location.href).href);
    }
    return ids;
  }

  document.addEventListener('change', ({ target }) => {
    if (!target.matches('[data-pick]')) return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    show();
  });

  document.addEventListener('click', ({ target }) => {
    const opener = target.closest('[data-one-by-one]');
    if (!opener) return;
    const ids = show();
    sessionStorage.setItem(LEFT, JSON.stringify(ids));
    location.assign(`${opener.dataset.oneByOne}/${ids[0]}`);
  });

  // On the page of one of them: which comes next. Whichever was opened is not opened again.
  function follow() {
    const next = document.getElementById('next-picked');
    if (!next) return;
    const ids = left().filter((id) => id !== next.dataset.here);
    sessionStorage.setItem(LEFT, JSON.stringify(ids));
    if (!ids.length) return;
    next.hidden = false;
    next.querySelector('a').href = `${next.dataset.facilities}/${ids[0]}`;
    next.querySelector('output').textContent = `${ids.length}`;
  }

  const actions = {
    x: () => document.activeElement.closest('[data-row]')?.querySelector('[data-pick]')?.click(),
    n: () => document.querySelector('#next-picked:not([hidden]) a')?.click(),
  };
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input:not([type=checkbox]), textarea, select, dialog')) return;
    if (actions[event.key] && document.getElementById('keys-on').checked) actions[event.key]();
  });

  const content = document.getElementById('main');
  new MutationObserver(show).observe(content, { childList: true, subtree: true });
  show();
  follow();
})();
