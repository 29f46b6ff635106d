import type { H3Event } from 'h3'

/**
 * The id of the conversation that a request is about. In this example, knowing the random id gives access. An app with users must
 * check that the conversation belongs to the user.
 */
export function conversationOf(event: H3Event): string {
  return getRouterParam(event, 'id') ?? ''
}
