// Says while one types whether a user name is free and a password good enough. All of
// it is looked at again when the form is sent.

const { hints } = document.currentScript.dataset;
const PAUSE = 400; // Milliseconds without a key.

const read = (form, name) => form.elements[name]?.value ?? "";

const watch = (field, name, event) => {
  const said = document.createElement("p");
  said.className = "hint";
  said.setAttribute("role", "status");
  field.closest(".field").append(said);
  let timer;
  let asked = 0;

  const ask = async () => {
    asked += 1;
    const number = asked;
    const typed = { [name]: field.value };
    if (name === "password") {
      for (const beside of ["email", "username", "first_name", "last_name"]) {
        typed[beside] = read(field.form, beside);
      }
    }
    const answer = await fetch(hints, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(typed),
    }).catch(() => null);
    const found = answer?.ok ? (await answer.json()).hints[name] : null;
    if (number === asked) said.textContent = found?.text ?? "";
  };

  field.addEventListener(event, () => {
    clearTimeout(timer);
    asked += 1; // What is under way is about another text.
    said.textContent = "";
    if (field.value) timer = setTimeout(ask, event === "input" ? PAUSE : 0);
  });
};

for (const field of document.querySelectorAll("input[autocomplete='new-password']")) {
  watch(field, "password", "input");
  const address = field.form.elements.email;
  if (address?.type === "email") watch(address, "email", "change");
}
for (const field of document.querySelectorAll("input[name='username']")) {
  if (!field.readOnly) watch(field, "username", "input");
}
