/** The same in every realm and in every copy of this module, unlike the class. */
const BRAND = Symbol.for('cofferdam.SandboxError')

export class SandboxError extends Error {
  constructor(code, message, { hint, details, cause } = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    if (hint) this.hint = hint
    if (details) this.details = details
  }

  get name() {
    return 'SandboxError'
  }

  get [BRAND]() {
    return true
  }

  static [Symbol.hasInstance](value) {
    // A subclass has instances of its own.
    if (this !== SandboxError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && value[BRAND] === true
  }
}

/** An argument that is not allowed. */
export function invalid(argument, message) {
  return new SandboxError('INVALID_ARGUMENT', message, { details: { argument } })
}

/** What the addon throws or rejects with, as a `SandboxError`. */
export function fromNative(error) {
  if (typeof error?.details !== 'string') {
    // The addon's own conversion of arguments failed: what the checks of the facade let through is a bug.
    return new SandboxError('INTERNAL', error?.message ?? String(error), { cause: error })
  }
  const details = JSON.parse(error.details)
  return new SandboxError(error.code, error.message, { hint: error.hint ?? undefined, details })
}
