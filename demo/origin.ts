/** A small web site with the manners, good and bad, of real ones. */
import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout } from 'node:timers/promises'

export interface Origin {
  readonly url: string
  /** Switches it off: connections are refused from now on. */
  stop(): Promise<void>
}

interface Page {
  readonly status?: number
  readonly fields?: Readonly<Record<string, string>>
  readonly body?: string
  /** How long it takes to make, in ms. */
  readonly delay?: number
}

const json = (count: number): string =>
  JSON.stringify(Array.from({ length: count }, (_, id) => ({ id, name: `Item ${id}`, price: (id * 37) % 100 })))

const circles = Array.from(
  { length: 2_000 },
  (_, n) => `<circle cx="${(n * 61) % 997}" cy="${(n * 89) % 991}" r="${n % 17}"/>`,
)
const photo = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 1000">${circles.join('')}</svg>`

const GREETINGS: Readonly<Record<string, string>> = { en: 'Welcome!', de: 'Willkommen!' }

function welcome({ headers }: IncomingMessage): Page {
  const language = headers['accept-language'] ?? 'en'
  const fields = { 'cache-control': 'max-age=3600', vary: 'Accept-Language', 'content-language': language }
  return { fields, body: GREETINGS[language] ?? 'Hello!' }
}

const pages: Readonly<Record<string, Page | ((request: IncomingMessage) => Page)>> = {
  '/photo.svg': { fields: { 'cache-control': 'max-age=86400', 'content-type': 'image/svg+xml' }, body: photo },
  '/items.json': { fields: { 'cache-control': 'no-cache', etag: entityTag(json(400)) }, body: json(400) },
  '/status.json': { body: json(3) },
  '/weather.json': { body: json(30) },
  '/report.json': { fields: { 'cache-control': 'max-age=3600' }, body: json(4_000), delay: 600 },
  '/welcome': welcome,
  '/old-photo': { status: 301, fields: { 'cache-control': 'max-age=86400', location: '/photo.svg' } },
  '/feed.json': { fields: { 'cache-control': 'max-age=0, stale-while-revalidate=604800' }, body: json(50) },
  '/prices.json': {
    fields: { 'cache-control': 'max-age=0, stale-if-error=604800', etag: entityTag(json(20)) },
    body: json(20),
  },
}

function entityTag(body: string): string {
  return `"${createHash('sha256').update(body).digest('base64url').slice(0, 12)}"`
}

async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const page = pages[request.url ?? ''] ?? { status: 404 }
  const { body = '', delay = 60, fields = {}, status = 200 } = typeof page === 'function' ? page(request) : page
  await setTimeout(delay)
  // Kept with the response, so that a later run knows what asking would have cost.
  response.setHeaders(new Map(Object.entries({ ...fields, 'server-timing': `origin;dur=${delay}` })))
  const unchanged = fields['etag'] !== undefined && request.headers['if-none-match'] === fields['etag']
  response.statusCode = unchanged ? 304 : status
  response.end(unchanged ? undefined : body)
}

export async function startOrigin(): Promise<Origin> {
  const server = createServer((request, response) => void respond(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const stop = async (): Promise<void> => {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()))
    server.closeAllConnections()
    await closed
  }
  return { url: `http://127.0.0.1:${port}`, stop }
}
