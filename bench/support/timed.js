/** Makes of a call one that resolves to how many milliseconds it took. */
export function timed(call) {
  return async () => {
    const begun = performance.now()
    await call()
    return performance.now() - begun
  }
}
