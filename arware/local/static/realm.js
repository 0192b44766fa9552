// What pages do more easily with a script. Whatever it does is hidden without one.

// A password can be looked at while it is typed, and is sent as one in any case.
for (const button of document.querySelectorAll("button[data-shows]")) {
  const input = document.getElementById(button.dataset.shows);
  const words = [button.textContent, button.dataset.otherwise];
  const names = [button.ariaLabel, button.dataset.otherName];
  const show = (isShown) => {
    input.type = isShown ? "text" : "password";
    button.textContent = words[Number(isShown)];
    button.ariaLabel = names[Number(isShown)];
  };
  button.addEventListener("click", () => show(input.type === "password"));
  input.form.addEventListener("submit", () => show(false));
  button.hidden = false;
}

// A text that is shown once can be copied, where the browser lets pages do so.
for (const button of document.querySelectorAll("button[data-copies]")) {
  if (!navigator.clipboard) break;
  const source = document.getElementById(button.dataset.copies);
  const said = document.getElementById(button.dataset.tells);
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(source.textContent);
    said.textContent = button.dataset.done;
  });
  button.hidden = false;
}
