/** The story that the demo tells: what is asked for, in which order. */
import type { Origin } from './origin.ts'

export interface Request {
  readonly path: string
  readonly init?: RequestInit
  /** For the table. Default: the path. */
  readonly label?: string
  /** So many at the same time. */
  readonly times?: number
}

export interface Chapter {
  readonly title: string
  readonly requests: readonly Request[]
  /** What happens to the origin before. */
  readonly prepare?: (origin: Origin) => Promise<void>
}

const twice = (path: string): readonly Request[] => [{ path }, { path }]
const inLanguage = (language: string): Request => ({
  path: '/welcome',
  init: { headers: { 'accept-language': language } },
  label: `/welcome (${language})`,
})

export const chapters: readonly Chapter[] = [
  { title: 'An image that may be kept for a day: max-age=86400', requests: twice('/photo.svg') },
  { title: 'A list with an ETag that is validated at each use: no-cache', requests: twice('/items.json') },
  { title: 'An API that says nothing about caching', requests: twice('/status.json') },
  {
    title: "Another one that says nothing, but there is a rule: { '/weather.json': '1h' }",
    requests: twice('/weather.json'),
  },
  {
    title: 'A slow report, asked for by ten callers at once, then by one',
    requests: [{ path: '/report.json', label: '10 × /report.json', times: 10 }, { path: '/report.json' }],
  },
  { title: 'A page in several languages: Vary: Accept-Language', requests: ['en', 'de', 'en'].map(inLanguage) },
  { title: 'A redirect to the image: each hop is kept', requests: twice('/old-photo') },
  { title: 'A feed that may be stale while it is refreshed: stale-while-revalidate', requests: twice('/feed.json') },
  { title: 'Prices that may stand in for a failure: stale-if-error', requests: twice('/prices.json') },
  {
    title: 'Now the origin is switched off',
    prepare: (origin) => origin.stop(),
    requests: ['/photo.svg', '/prices.json', '/status.json'].map((path) => ({ path })),
  },
]
