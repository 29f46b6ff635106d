/** Changes the size of the terminal: `?cols=…&rows=…`. */
export default defineEventHandler(async (event) => {
  const { cols, rows } = getQuery<{ cols?: string; rows?: string }>(event)
  const terminal = await answered(terminalOf(conversationOf(event)))
  await answered(terminal.resize({ cols: Number(cols), rows: Number(rows) }))
  setResponseStatus(event, 204)
  return null
})
