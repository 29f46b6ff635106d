/** Clean-up steps, run in reverse order: at the end, after a failure, and on Ctrl-C. */
export class Cleanup {
  #steps = []
  #running

  /** @returns a function that runs the step now instead of at the end */
  defer(step) {
    this.#steps.push(step)
    return async () => {
      const index = this.#steps.indexOf(step)
      if (index < 0) return
      this.#steps.splice(index, 1)
      await step()
    }
  }

  /** Runs all steps even if some fail. A second call waits for the first. */
  run() {
    this.#running ??= this.#undo()
    return this.#running
  }

  async #undo() {
    const failures = []
    // Steps added meanwhile run as well.
    while (this.#steps.length > 0) {
      try {
        await this.#steps.pop()()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw new AggregateError(failures, `clean-up failed: ${failures.map(String).join('; ')}`)
  }
}
