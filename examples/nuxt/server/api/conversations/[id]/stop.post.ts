/** Stops the container; the next command starts it again, with all that is in it. */
export default defineEventHandler(async (event) => {
  await answered(useDocker().stop(conversationOf(event)))
  setResponseStatus(event, 204)
  return null
})
