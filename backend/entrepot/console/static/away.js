// Says when the page can't be kept up to date: the server is away, or nobody is logged in any more.
(() => {
  'use strict';

  const UNKNOWN = 401;
  const place = document.getElementById('away');
  if (!place) return;

  function tell(what) {
    for (const each of place.querySelectorAll('[data-away]')) each.hidden = each.dataset.away !== what;
  }

  // The first attempt is the connection itself; a later one means that it was lost.
  let out = false;
  document.addEventListener('htmx:sse:before:connection', (event) => {
    if (event.detail.connection.attempt && !out) tell('lost');
  });
  document.addEventListener('htmx:sse:after:connection', () => { out = false; tell(null); });
  document.addEventListener('htmx:sse:error', (event) => {
    out = event.detail.status === UNKNOWN;
    tell(out ? 'out' : 'lost');
  });
})();
