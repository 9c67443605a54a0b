/** GraphQL and JSON-RPC over methods that use the cache. */
import { expect, test } from 'vitest'
import type { CacheOptions } from '../../../src/index.ts'
import { cc, numbered, text, world } from '../api/given.ts'

const API = 'https://example.org/graphql'
const POST: CacheOptions = { allowableMethods: ['GET', 'POST'] }
const sending = (body: unknown, more: RequestInit = {}): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(body),
  headers: { 'content-type': 'application/json' },
  ...more,
})

test('queries are answered from the cache by text and variables, mutations never', async () => {
  await using it = world(numbered(), POST)
  const ask = (body: unknown): Promise<string> => text(it.fetch(API, sending(body)))
  const [one, two] = [1, 2].map((id) => ({ query: 'query A($id: ID) { a(id: $id) }', variables: { id } }))
  const mutation = { query: 'mutation B { b }' }
  expect([await ask(one), await ask(two), await ask(one), await ask(two)]).toEqual(['0', '1', '0', '1'])
  expect([await ask(mutation), await ask(mutation)]).toEqual(['2', '3'])
  expect((await it.entries()).length).toBe(2)
})

test('what passes by spares the queries of its URL, and invalidates the GET (RFC 9111 §4.4)', async () => {
  await using it = world(numbered(), POST)
  const query = sending({ query: '{ a }' })
  await text(it.fetch(API))
  await text(it.fetch(API, query))
  await text(it.fetch(API, sending({ query: 'mutation B { b }' })))
  expect(await text(it.fetch(API, query))).toBe('1')
  expect(await text(it.fetch(API))).toBe('3')
})

test('QUERY and GET that would change something pass by, and invalidate nothing', async () => {
  await using it = world()
  const [mutation, inUrl] = [JSON.stringify({ query: 'mutation { a }' }), `${API}?query=mutation%7Ba%7D`]
  const init = { method: 'QUERY', body: mutation, headers: { 'content-type': 'application/json' } }
  await text(it.fetch(API))
  expect([await text(it.fetch(API, init)), await text(it.fetch(API, init))]).toEqual(['1', '2'])
  expect([await text(it.fetch(inUrl)), await text(it.fetch(inUrl))]).toEqual(['3', '4'])
  expect(await text(it.fetch(API))).toBe('0')
})

test('a Request object is read from a copy', async () => {
  await using it = world(numbered(), POST)
  const mutation = (): Request => new Request(API, sending({ query: 'mutation B { b }' }))
  await text(it.fetch(mutation()))
  expect(await text(it.fetch(mutation()))).toBe('1')
  expect(await it.entries()).toEqual([])
})

test('calls of JSON-RPC use the cache where they are named, each id apart, and others spare them', async () => {
  await using it = world(numbered(), { ...POST, operations: ['query:*', 'call:eth_get*'] })
  const call = (method: string, id: number): Promise<string> =>
    text(it.fetch(API, sending({ jsonrpc: '2.0', method, params: [], id })))
  expect([await call('eth_getA', 1), await call('eth_getA', 2), await call('eth_getA', 1)]).toEqual(['0', '1', '0'])
  expect([await call('eth_blockNumber', 1), await call('eth_blockNumber', 1)]).toEqual(['2', '3'])
  expect(await call('eth_getA', 1)).toBe('0')
})

test('rules and requests say which, the narrower wins', async () => {
  await using it = world(numbered(), { ...POST, rules: { '/graphql': { operations: ['mutation:Get*'] } } })
  const ask = (query: string, operations?: string[]): Promise<string> =>
    text(it.fetch(API, { ...sending({ query }), ...(operations && { httpCache: { operations } }) }))
  expect([await ask('mutation GetA { a }'), await ask('mutation GetA { a }')]).toEqual(['0', '0'])
  expect([await ask('{ a }'), await ask('{ a }')]).toEqual(['1', '2'])
  expect([await ask('{ a }', ['query:']), await ask('{ a }', ['query:'])]).toEqual(['3', '3'])
})

test('explain says which operation it was', async () => {
  await using it = world(numbered(), POST)
  const explained = await it.cache.explain(API, sending({ query: 'mutation B { b }' }))
  expect(JSON.stringify(explained)).toContain('operation mutation:B')
})

test('a response of the same kind without a lifetime is still a matter of HTTP', async () => {
  await using it = world(numbered(cc('no-store')), POST)
  const query = sending({ query: '{ a }' })
  expect([await text(it.fetch(API, query)), await text(it.fetch(API, query))]).toEqual(['0', '1'])
})
