// Approving: the officer's own device or wallet signs what the page shows, and the answer goes with
// the form. The server has put what is asked of it beside the form.
(() => {
  'use strict';

  async function passkey(form) {
    const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(JSON.parse(form.dataset.asked));
    const answer = await navigator.credentials.get({ publicKey });
    return JSON.stringify(answer.toJSON());
  }

  async function wallet(form) {
    const provider = window.ethereum;
    if (!provider) throw new Error('none');
    const accounts = await provider.request({ method: 'eth_requestAccounts' });
    const own = accounts.find((each) => each.toLowerCase() === form.dataset.account);
    if (!own) throw new Error('account');
    return provider.request({ method: 'eth_signTypedData_v4', params: [own, form.dataset.asked] });
  }

  const ways = { passkey, wallet };

  // What a call comes to is asked when it is wanted: its number is the ledger's to know.
  async function prepare(form) {
    const answer = await fetch(form.dataset.prepare, {
      method: 'POST',
      body: new URLSearchParams({ csrf: form.elements.csrf.value }),
    });
    if (!answer.ok) throw new Error('refused');
    const { asked, account, nonce, deadline } = await answer.json();
    Object.assign(form.dataset, { asked, account });
    form.elements.nonce.value = nonce;
    form.elements.deadline.value = deadline;
  }

  function refuse(form, why) {
    const within = form.isConnected ? form : document;
    const told = within.querySelector(`[data-refusal="${why}"]`)
      || within.querySelector('[data-refusal="refused"]');
    if (!told) return;
    told.hidden = false;
    told.focus();
  }

  // On the document: the live stream may put another form in this one's place, and nothing can be
  // sent unsigned, as this runs in the page's head, before there is a form.
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    if (!form.matches('[data-sign]')) return;
    event.preventDefault();
    if (form.dataset.sent) return;
    form.dataset.sent = 'yes';
    for (const each of document.querySelectorAll('[data-refusal]')) each.hidden = true;
    const shown = form.elements.digest?.value;
    try {
      if (form.dataset.prepare) await prepare(form);
      const answer = await ways[form.dataset.sign](form);
      if (!form.isConnected || form.elements.digest?.value !== shown) throw new Error('changed');
      form.elements.answer.value = answer;
      form.submit();
    } catch (error) {
      delete form.dataset.sent;
      refuse(form, error.message);
    }
  });
})();
