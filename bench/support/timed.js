/** Wraps a call so that it resolves to its duration in milliseconds. */
export function timed(call) {
  return async () => {
    const begun = performance.now()
    await call()
    return performance.now() - begun
  }
}
