/** What the user types at once, such as a pasted text, in bytes. */
const LARGEST = 1024 * 1024

/** Passes keys to the terminal. */
export default defineEventHandler(async (event) => {
  const keys = await readBytes(event, LARGEST)
  const terminal = await answered(terminalOf(conversationOf(event)))
  terminal.stdin?.write(keys)
  setResponseStatus(event, 204)
  return null
})
