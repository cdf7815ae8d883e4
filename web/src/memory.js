// What the page remembers in this browser; storage may be forbidden, full or broken.

export function recall(key, otherwise) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? otherwise;
  } catch {
    return otherwise;
  }
}

export function remember(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // Only a convenience is lost.
  }
}

/** Forgets what belongs to who was logged in; how the page looks stays. */
export function forgetPerson() {
  try {
    const kept = ["basicchat.theme", "basicchat.chosen"];
    for (const key of Object.keys(localStorage))
      if (key.startsWith("basicchat.") && !kept.includes(key)) localStorage.removeItem(key);
    sessionStorage.clear();
  } catch {
    // Then there was nothing to remember with.
  }
}
