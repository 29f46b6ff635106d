/** Whether the container runs. */
export default defineEventHandler(async (event) => {
  return { running: await answered(useDocker().isRunning(conversationOf(event))) }
})
