/** Whether the container is running. */
export default defineEventHandler(async (event) => {
  return { running: await answered(useDocker().isRunning(conversationOf(event))) }
})
