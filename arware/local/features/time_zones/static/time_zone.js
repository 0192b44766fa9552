// Guesses the time zone where none is chosen yet: that of this browser.

const { timeZone } = Intl.DateTimeFormat().resolvedOptions();

for (const field of document.querySelectorAll("[name='time_zone']")) {
  if (field.value || !timeZone) continue;
  field.value = timeZone;
  if (field.selectedIndex === -1) field.value = ""; // It is not on the list.
}
