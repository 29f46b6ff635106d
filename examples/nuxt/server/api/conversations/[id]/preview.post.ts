import type { Tunnel } from 'cofferdam'

declare global {
  var previews: Map<string, Promise<Tunnel>> | undefined
}

/**
 * Opens a server of the sandbox on a port of this machine: `?port=…`. The page that it serves was written by an AI. On a port of its own it is another
 * origin than this app, so it can't use the app in the user's name. An app with users would rather pass it on under a domain of its own.
 */
export default defineEventHandler(async (event) => {
  const { port } = getQuery<{ port?: string }>(event)
  const id = conversationOf(event)
  await answered(useDocker().waitForPort(id, Number(port), { timeout: 5000 }))
  const previews: Map<string, Promise<Tunnel>> = (globalThis.previews ??= new Map())
  const key = `${id}:${port}`
  const opened = previews.get(key) ?? useDocker().tunnel(id, Number(port))
  previews.set(key, opened)
  opened.catch(() => previews.delete(key))
  const { url } = await answered(opened)
  return { url }
})
