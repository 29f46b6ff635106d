/** Calls to the server for the terminal of a conversation. */
export function useTerminal(id: string, signal: AbortSignal) {
  const base = `/api/conversations/${id}/terminal`
  // Keys go one after the other, or they could overtake each other. Those that were typed arrive even if the user looks at something else meanwhile.
  let last: Promise<unknown> = Promise.resolve()

  const post = (path: string, body?: string) => {
    last = last.then(() => fetch(base + path, { method: 'POST', body })).catch(() => {})
  }

  /** Passes keys on. */
  function type(keys: string): void {
    post('/keys', keys)
  }

  /** Changes the size. */
  function resize({ cols, rows }: { cols: number; rows: number }): void {
    post(`/size?cols=${cols}&rows=${rows}`)
  }

  /** Receives output until the terminal ends. `begun` is called once there is a terminal. */
  async function follow(write: (bytes: Uint8Array) => void, begun: () => void): Promise<void> {
    const answer = await fetch(base, { signal })
    if (!answer.ok) throw new Error(`the server answered ${answer.status}`)
    begun()
    const reader = answer.body!.getReader()
    for (let read = await reader.read(); !read.done; read = await reader.read()) write(read.value)
  }

  return { type, resize, follow }
}
