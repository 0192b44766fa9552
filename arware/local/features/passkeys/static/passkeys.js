// Asks the browser for a passkey, and sends its answer with the form it was asked in.
//
// A form says what for: data-passkey is "get" or "create", data-options the address of
// the options, with a challenge that is good once. What is in .without-passkeys is for
// browsers that know none, or run no script; what is hidden, for all others.

const forms = document.querySelectorAll("form[data-passkey]");
/** A challenge is good for five minutes. */
const RENEW = 4 * 60 * 1000;
/** Ends what waits in the list of the field for the name. */
let waiting = null;

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function read(options) {
  for (const one of options.allowCredentials ?? options.excludeCredentials ?? []) {
    one.id = bytes(one.id);
  }
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  return options;
}

function said(credential) {
  const { id, type, response } = credential;
  const parts = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData",
    "signature", "userHandle"]) {
    if (response[name]) parts[name] = text(response[name]);
  }
  if (response.getTransports) parts.transports = response.getTransports();
  return JSON.stringify({ id, rawId: id, type, response: parts });
}

async function ask(form, more) {
  waiting?.abort();
  const mine = (waiting = new AbortController());
  const headers = { Accept: "application/json" };
  const answer = await fetch(form.dataset.options, { headers });
  if (answer.ok) {
    const publicKey = read(await answer.json());
    const how = { publicKey, signal: mine.signal, ...more };
    form.elements.answer.value = said(await navigator.credentials[form.dataset.passkey](how));
  }
  // Without an answer, too: the page that follows says why there is none.
  form.action = form.action.split("#")[0] + location.hash;
  form.submit();
}

async function offer(form) {
  const field = document.querySelector('input[autocomplete="username"]');
  const known = await PublicKeyCredential.isConditionalMediationAvailable?.();
  if (!known || !field) return;
  field.autocomplete = "username webauthn";
  const wait = () => ask(form, { mediation: "conditional" }).catch(() => {});
  setInterval(wait, RENEW);
  wait();
}

function prepare(form) {
  for (const one of form.querySelectorAll("[data-shown]")) one.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const failed = form.querySelector("[role=alert][data-failed]");
    if (failed) failed.hidden = true;
    ask(form).catch((error) => {
      if (failed && error.name !== "AbortError") failed.hidden = false;
      if ("autofill" in form.dataset) offer(form);
    });
  });
  if ("autofill" in form.dataset) offer(form);
}

if (window.PublicKeyCredential) {
  for (const one of document.querySelectorAll(".without-passkeys")) one.hidden = true;
  forms.forEach(prepare);
}
