// Logging in with a passkey, or adding one: the server asks, the authenticator answers.
(() => {
  'use strict';

  async function ask(path, body) {
    const answer = await fetch(path, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    return answer.json();
  }

  async function credential(making, options) {
    if (making) {
      const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
      return navigator.credentials.create({ publicKey });
    }
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options);
    return navigator.credentials.get({ publicKey });
  }

  // On the document: run in the page's head, it listens before there is a form to send.
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('[data-passkey]')) return;
    event.preventDefault();
    const refusal = document.getElementById('passkey-refused');
    refusal.hidden = true;
    const fields = Object.fromEntries(new FormData(form));
    try {
      const begun = await ask(form.dataset.options, fields.code === undefined ? {} : { code: fields.code });
      const made = await credential(form.dataset.passkey === 'make', begun.options);
      const answer = { ...fields, ceremony: begun.ceremony, credential: made.toJSON() };
      location.assign((await ask(form.action, answer)).next);
    } catch {
      refusal.hidden = false;
      refusal.focus();
    }
  });
})();
