// Prevents double submission: login links work only once, and one answer is enough.
let sent = null;
document.addEventListener("submit", (event) => {
  if (sent !== null) event.preventDefault();
  sent = event.target;
});
// After navigating back, the form can be submitted again.
addEventListener("pageshow", () => {
  sent = null;
});
