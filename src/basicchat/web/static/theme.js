// Loaded before the styles, so that the page does not flash in the wrong colours.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const chosen = () => {
    try {
      return localStorage.getItem("basicchat.theme");
    } catch {
      return null; // Storage may be forbidden; the system's preference applies.
    }
  };
  const apply = () => {
    const theme = chosen() ?? (dark.matches ? "dark" : "light");
    document.documentElement.dataset.theme = theme;
    const colour = theme === "dark" ? "#131312" : "#f7f7f5";
    document.querySelector("meta[name=theme-color]").content = colour;
  };
  dark.addEventListener("change", apply);
  document.addEventListener("basicchat:theme", apply);
  apply();
})();
