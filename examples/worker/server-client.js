/** The largest task that a server may send, in bytes. */
const MAX_TASK = 8 * 2 ** 20

/** Deadlines of a call and of a download, in milliseconds. */
const DEADLINE = 10_000
const DOWNLOAD = 5 * 60_000

/** A permanent failure: retrying would not help. */
export class Refused extends Error {
  constructor(code, message) {
    super(message)
    this.code = code
  }
}

/** Talks to the task server, whose answers it does not trust. */
export class ServerClient {
  #base
  #token
  #maxArchive

  constructor(server, { token, maxArchive }) {
    this.#base = new URL(server.pathname.endsWith('/') ? server : `${server}/`)
    this.#token = token
    this.#maxArchive = maxArchive
  }

  /** Takes the next task; undefined if there is none. */
  async claim(signal) {
    const body = await this.#call('tasks/claim', { method: 'POST', limit: MAX_TASK, signal })
    if (body.length === 0) return undefined
    const task = JSON.parse(body.toString())
    if (typeof task?.id !== 'string' || !/^[\w.:-]{1,128}$/.test(task.id)) throw new Error('the server sent an invalid task')
    return task
  }

  /** Reports the result of a task. */
  async report(id, result, signal) {
    const body = JSON.stringify(result)
    await this.#call(`tasks/${encodeURIComponent(id)}/result`, { method: 'PUT', body, limit: MAX_TASK, signal })
  }

  /** Downloads an archive, from the server or another URL. */
  async download(url, signal) {
    return this.#call(url, { limit: this.#maxArchive, deadline: DOWNLOAD, signal })
  }

  async #call(path, { method = 'GET', body, limit, deadline = DEADLINE, signal }) {
    const url = this.#resolve(path)
    // Only the server itself gets the token.
    const authorization = this.#token && url.origin === this.#base.origin ? { authorization: `Bearer ${this.#token}` } : {}
    const response = await fetch(url, {
      method,
      body,
      headers: { ...(body && { 'content-type': 'application/json' }), ...authorization },
      signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
    })
    const content = await read(response, limit)
    if (response.ok) return content
    const failure = `${method} ${url} returned ${response.status}`
    // 408 and 429 are temporary, unlike other 4xx.
    if (response.status < 500 && ![408, 429].includes(response.status)) throw new Refused('SERVER_REFUSED', failure)
    throw new Error(failure)
  }

  #resolve(path) {
    const url = typeof path === 'string' && URL.canParse(path, this.#base) ? new URL(path, this.#base) : undefined
    if (!/^https?:$/.test(url?.protocol ?? '')) throw new Refused('BAD_ADDRESS', `${JSON.stringify(path)} is not an http or https URL`)
    return url
  }
}

/** Reads the body of an answer, up to the limit. */
async function read(response, limit) {
  const chunks = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > limit) throw new Refused('TOO_LARGE', `${response.url} returned more than ${limit} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
