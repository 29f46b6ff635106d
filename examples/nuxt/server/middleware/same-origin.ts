/** Other sites must not run commands through the browser of a user of this page. */
export default defineEventHandler((event) => {
  const site = getRequestHeader(event, 'sec-fetch-site')
  if (event.path.startsWith('/api/') && site !== undefined && site !== 'same-origin' && site !== 'none') {
    throw createError({ status: 403, message: 'requests from other sites are not allowed' })
  }
})
