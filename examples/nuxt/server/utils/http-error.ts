import { SandboxError, type ErrorCode } from 'cofferdam'

/** HTTP status codes for errors of sandboxes. All others are 500. */
const STATUS: Partial<Record<ErrorCode, number>> = {
  INVALID_ARGUMENT: 400,
  COMMAND_NOT_STARTED: 400,
  NOT_FOUND: 404,
  CONFLICT: 409,
  SANDBOX_LOST: 409,
  FILE_TOO_LARGE: 413,
  FILE_ERROR: 422,
  DISK_LIMIT: 507,
  ENGINE_UNREACHABLE: 503,
  ENGINE_PERMISSION_DENIED: 503,
  IMAGE_NOT_FOUND: 503,
  CLOSED: 503,
  TIMEOUT: 504,
}

/** Converts an error of a sandbox to an HTTP error with its code in `data.code`. Returns other errors unchanged. */
export function httpError(error: unknown): unknown {
  if (!(error instanceof SandboxError)) return error
  const { code, message, hint, details } = error
  const missing = code === 'FILE_ERROR' && details?.errno === 'ENOENT'
  return createError({ status: missing ? 404 : (STATUS[code] ?? 500), message, data: { code, hint } })
}

/** Awaits a sandbox call and converts its errors to HTTP errors. */
export async function answered<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw httpError(error)
  }
}
