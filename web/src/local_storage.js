// Values kept in this browser. Storage may be forbidden, full or broken, so every access is guarded.

export function readStorage(key, fallback) {
  try {
    return JSON.parse(localStorage.getItem(key)) ?? fallback;
  } catch {
    return fallback;
  }
}

export function writeStorage(key, value) {
  try {
    if (value === null) localStorage.removeItem(key);
    else localStorage.setItem(key, JSON.stringify(value));
  } catch {
    // The value is only a convenience.
  }
}

/** Removes everything that belongs to the user who was logged in; display settings stay. */
export function clearUserStorage() {
  try {
    const kept = ["basicchat.theme", "basicchat.language", "basicchat.chosen"];
    for (const key of Object.keys(localStorage))
      if (key.startsWith("basicchat.") && !kept.includes(key)) localStorage.removeItem(key);
    sessionStorage.clear();
  } catch {
    // Without storage, nothing was stored.
  }
}
