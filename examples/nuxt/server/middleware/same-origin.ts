/** Other sites must not run commands here through the browser of somebody who has this page open. */
export default defineEventHandler((event) => {
  const site = getRequestHeader(event, 'sec-fetch-site')
  if (event.path.startsWith('/api/') && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw createError({ status: 403, message: 'this is for pages of this server' })
  }
})
