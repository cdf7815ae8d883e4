// A store: one state that only changes by dispatching actions to a pure reducer.
import { inNextTask } from "./later.js";

export function createStore(reduce, initial) {
  let state = initial;
  let told = initial;
  const listeners = new Set();

  function tell() {
    if (state === told) return;
    told = state;
    for (const listener of listeners) listener(state);
  }
  const tellSoon = inNextTask(tell);

  return {
    get: () => state,
    /** Changes the state, and tells the listeners at once. */
    dispatch(action) {
      state = reduce(state, action);
      tell();
    },
    /**
     * Changes the state at once, and tells the listeners in a task of its own: what the server sends
     * in several frames is rendered together, and not in the task that reads them.
     */
    receive(action) {
      state = reduce(state, action);
      tellSoon();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
