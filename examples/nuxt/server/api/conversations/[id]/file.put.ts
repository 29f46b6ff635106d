/** The largest file that a sandbox accepts, in bytes. */
const LARGEST = 64 * 1024 * 1024

/** Writes the body to a file. */
export default defineEventHandler(async (event) => {
  const { path = '' } = getQuery<{ path?: string }>(event)
  const content = await readBytes(event, LARGEST)
  await answered(useDocker().writeFile(conversationOf(event), path, content))
  setResponseStatus(event, 204)
  return null
})
