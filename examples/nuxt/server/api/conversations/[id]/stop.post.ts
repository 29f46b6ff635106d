/** Stops the container. The next command starts it again with everything in it. */
export default defineEventHandler(async (event) => {
  await answered(useDocker().stop(conversationOf(event)))
  setResponseStatus(event, 204)
  return null
})
