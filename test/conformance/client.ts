/** The fetch that the suite's client is given. */
import type { SuiteGroup } from './suite.ts'

type Fetch = typeof globalThis.fetch

/**
 * Only what is under test goes through `subject`: the suite configures and questions its origin over plain fetch.
 * The timeout is that of the repository's version; the release waits for ever.
 */
export function routed(subject: Fetch, plain: Fetch): Fetch {
  return (input, init) => {
    if (!new URL(String(input)).pathname.startsWith('/test/')) return plain(input, init)
    return subject(input, { ...init, signal: init?.signal ?? AbortSignal.timeout(10_000) })
  }
}

/**
 * Against a proxy the suite keeps the client's own cache out of the way with `cache: 'no-store'` and two odd fields.
 * Where the cache under test is in the client, that would disable it.
 */
export function withoutTrick(subject: Fetch, groups: readonly SuiteGroup[]): Fetch {
  const tests = new Map(groups.flatMap((group) => group.tests.map((test) => [test.id, test] as const)))
  return (input, init) => {
    const fields = asPairs(init?.headers)
    const asked = tests.get(value(fields, 'Test-ID') ?? '')?.requests[Number(value(fields, 'Req-Num')) - 1]?.cache
    const headers = fields.filter(
      ([name, text]) => !(name === 'Pragma' && text === 'foo') && text !== 'nothing-to-see-here',
    )
    return subject(input, { ...init, headers, cache: asked ?? 'default' })
  }
}

/** Against a proxy the odd fields are always there, or fetch adds `no-cache` of its own to each request that has headers. */
export function withTrick(subject: Fetch): Fetch {
  return (input, init) => {
    const fields = asPairs(init?.headers)
    const add = (name: string, text: string): void => {
      if (!fields.some(([other]) => other.toLowerCase() === name)) fields.push([name, text])
    }
    add('pragma', 'foo')
    add('cache-control', 'nothing-to-see-here')
    return subject(input, { ...init, headers: fields })
  }
}

// The suite gives headers as an array of pairs.
const asPairs = (headers: RequestInit['headers']): [string, string][] =>
  Array.isArray(headers) ? ([...headers] as [string, string][]) : []

const value = (fields: readonly [string, string][], name: string): string | undefined =>
  fields.find(([other]) => other === name)?.[1]
