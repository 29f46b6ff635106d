/** A piece of a command's output. */
export interface Piece {
  stream: 'stdout' | 'stderr'
  text: string
}

/** A command of the conversation. */
export interface Entry {
  key: number
  command: string
  output: Piece[]
  /** How many characters of the output are no longer shown. */
  dropped: number
  /** The outcome; undefined while the command runs. */
  end?: { ok: boolean; text: string }
}

/** A line of the server's answer to a command. */
interface Line {
  stdout?: string
  stderr?: string
  result?: { exitCode: number; signal: string | null; timedOut: boolean; oomKilled: boolean; executionTime: number }
  error?: { code: string; message: string }
}

/** How many characters of an output are shown; a command can print gigabytes. */
const SHOWN = 100_000

/** The state of a conversation with a sandbox, and calls to the server. */
export function useConversation(id: string) {
  const base = `/api/conversations/${id}`
  const entries = ref<Entry[]>([])
  const running = ref(false)
  const busy = ref(false)
  let cancelled = new AbortController()

  /** Runs a command and shows its output as it arrives. */
  async function run(command: string): Promise<void> {
    entries.value.push({ key: entries.value.length, command, output: [], dropped: 0 })
    const entry = entries.value.at(-1)!
    cancelled = new AbortController()
    busy.value = true
    try {
      const answer = await request('/exec', { method: 'POST', body: command, signal: cancelled.signal })
      for await (const line of linesOf(answer.body!)) add(entry, line)
      entry.end ??= { ok: false, text: 'the connection was lost' }
    } catch (error) {
      entry.end = { ok: false, text: cancelled.signal.aborted ? 'cancelled' : String((error as Error).message) }
    }
    busy.value = false
    await look()
  }

  /** Ends the running command: the server notices that the connection is closed. */
  function cancel(): void {
    cancelled.abort()
  }

  async function stop(): Promise<void> {
    await request('/stop', { method: 'POST' })
    await look()
  }

  async function readFile(path: string): Promise<string> {
    return (await request(`/file?path=${encodeURIComponent(path)}`)).text()
  }

  async function writeFile(path: string, content: string): Promise<void> {
    await request(`/file?path=${encodeURIComponent(path)}`, { method: 'PUT', body: content })
    await look()
  }

  /** Asks whether the container is running. */
  async function look(): Promise<void> {
    const answer = await request('').catch(() => undefined)
    running.value = ((await answer?.json()) as { running: boolean } | undefined)?.running ?? false
  }

  async function request(path: string, init?: RequestInit): Promise<Response> {
    const answer = await fetch(base + path, init)
    if (answer.ok) return answer
    const { message } = (await answer.json().catch(() => ({}))) as { message?: string }
    throw new Error(message ?? `the server answered ${answer.status}`)
  }

  return { entries, running, busy, run, cancel, stop, readFile, writeFile, look }
}

function add(entry: Entry, { stdout, stderr, result, error }: Line): void {
  if (stdout) push(entry, 'stdout', stdout)
  if (stderr) push(entry, 'stderr', stderr)
  if (error) entry.end = { ok: false, text: `${error.code}: ${error.message}` }
  if (result) {
    const time = `${(result.executionTime / 1000).toFixed(2)} s`
    const how = result.timedOut ? 'timed out' : result.oomKilled ? 'out of memory' : `exit ${result.exitCode}${result.signal ? ` (${result.signal})` : ''}`
    entry.end = { ok: result.exitCode === 0, text: `${how} · ${time}` }
  }
}

function push(entry: Entry, stream: Piece['stream'], text: string): void {
  const last = entry.output.at(-1)
  if (last?.stream === stream) last.text += text
  else entry.output.push({ stream, text })
  // Drop the oldest output.
  let excess = entry.output.reduce((sum, piece) => sum + piece.text.length, 0) - SHOWN
  while (excess > 0) {
    const first = entry.output[0]!
    const dropped = Math.min(excess, first.text.length)
    first.text = first.text.slice(dropped)
    if (!first.text) entry.output.shift()
    entry.dropped += dropped
    excess -= dropped
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Line> {
  const [reader, decoder] = [body.getReader(), new TextDecoder()]
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + decoder.decode(read.value, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    for (const line of lines) yield JSON.parse(line) as Line
  }
}
