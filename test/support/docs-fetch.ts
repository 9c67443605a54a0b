/** Loaded before an example: its hosts are the test's origin on the loopback, and nothing else is reached. */
import process from 'node:process'

const { DOCS_ORIGIN = '' } = process.env
const underneath = globalThis.fetch

globalThis.fetch = (input, init) => {
  const { hostname, pathname, search } = new URL(input instanceof Request ? input.url : input)
  if (!/(^|\.)example\.com$/.test(hostname)) throw new TypeError(`an example asks for ${hostname}`)
  const target = DOCS_ORIGIN + pathname + search
  return underneath(input instanceof Request ? new Request(target, input) : target, init)
}
