// The other side of `lazyWorker`: answers its calls.

/** Serves a function, which must not throw; its result must be plain data. */
export function serve(work) {
  addEventListener("message", ({ data: { id, args } }) => {
    postMessage({ id, result: work(...args) });
  });
}
