/** The content of a file, as text. */
export default defineEventHandler(async (event) => {
  const { path = '' } = getQuery<{ path?: string }>(event)
  const content = await answered(useDocker().readFile(conversationOf(event), path))
  // Browsers must not execute the content, whatever it is.
  setHeaders(event, { 'Content-Type': 'text/plain; charset=utf-8', 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' })
  return content
})
