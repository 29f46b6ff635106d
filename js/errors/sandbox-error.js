/** Identifies a `SandboxError` in every realm and every copy of this module; its class does not. */
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
    // Subclasses use the usual check.
    if (this !== SandboxError) return Function.prototype[Symbol.hasInstance].call(this, value)
    return typeof value === 'object' && value !== null && value[BRAND] === true
  }
}

/** The error for an argument that is not allowed. */
export function invalid(argument, message) {
  return new SandboxError('INVALID_ARGUMENT', message, { details: { argument } })
}

/** Converts an error of the addon to a `SandboxError`. */
export function fromNative(error) {
  if (typeof error?.details !== 'string') {
    // The addon could not convert an argument: the facade's checks missed something, which is a bug.
    return new SandboxError('INTERNAL', error?.message ?? String(error), { cause: error })
  }
  const details = JSON.parse(error.details)
  return new SandboxError(error.code, error.message, { hint: error.hint ?? undefined, details })
}
