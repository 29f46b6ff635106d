import type { H3Event } from 'h3'

/**
 * The conversation that a request is about. Here, whoever knows its id has it: the page makes random ones. An app with users looks up
 * whether it is this user's.
 */
export function conversationOf(event: H3Event): string {
  return getRouterParam(event, 'id') ?? ''
}
