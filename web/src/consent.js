// A second click sends nothing: links to log in work once, and one answer is enough.
let sent = null;
document.addEventListener("submit", (event) => {
  if (sent !== null) event.preventDefault();
  sent = event.target;
});
// Come back to, the page can be answered again.
addEventListener("pageshow", () => {
  sent = null;
});
