import { describe, expect, test } from 'vitest'
import { refusedOperation } from '../../../src/key/operation.ts'

const URL_A = 'https://a.test/graphql'

function refused(body: unknown, patterns?: readonly string[], type = 'application/json', url = URL_A) {
  const headers = new Headers(type === '' ? {} : { 'content-type': type })
  const text = typeof body === 'string' || body instanceof FormData || body === null ? body : JSON.stringify(body)
  return refusedOperation({ url, headers, body: text }, patterns)
}

describe('GraphQL', () => {
  test.each<[string, unknown, string | undefined]>([
    ['an anonymous query', { query: '{ a }' }, undefined],
    ['a named one', { query: 'query A { a }' }, undefined],
    ['a mutation', { query: 'mutation B { b }' }, 'mutation:B'],
    ['a subscription', { query: 'subscription C { c }' }, 'subscription:C'],
    ['the one of several that is meant', { query: 'query A { a } mutation B { b }', operationName: 'A' }, undefined],
    ['the other one', { query: 'query A { a } mutation B { b }', operationName: 'B' }, 'mutation:B'],
    ['several and none meant', { query: 'query A { a } query B { b }' }, 'mutation:'],
    ['a name that nothing has', { query: 'query A { a }', operationName: 'B' }, 'mutation:'],
    ['a name that two have', { query: 'query A { a } mutation A { b }', operationName: 'A' }, 'mutation:'],
    ['a name that is no text', { query: 'query A { a }', operationName: 1 }, 'mutation:'],
    [
      'no name as null, or empty',
      [
        { query: '{ a }', operationName: null },
        { query: '{ a }', operationName: '' },
      ],
      undefined,
    ],
    ['a text twice, of which a server may take either', '{"query":"mutation{a}","query":"{a}"}', 'mutation:'],
    ['the same by another spelling', String.raw`{"query":"mutation{a}","\u0071uery":"{a}"}`, 'mutation:'],
    ['the same, and then none', '[{"query":"mutation{a}","query":""}]', 'mutation:'],
    [
      'texts like members, in strings',
      String.raw`{"query":"{a}","a\":":{"query":"\"query\":","b":["c",":"]}}`,
      undefined,
    ],
    ['what can not be parsed', { query: 'query A { a' }, 'mutation:'],
    ['fragments alone', { query: 'fragment F on T { a }' }, 'mutation:'],
    ['a batch of queries', [{ query: '{ a }' }, { query: 'query B { b }' }], undefined],
    ['a batch with a mutation', [{ query: '{ a }' }, { query: 'mutation B { b }' }], 'mutation:B'],
    ['a batch with something else', [{ query: '{ a }' }, { b: 1 }], 'mutation:'],
    ['a persisted query', { operationName: 'A', extensions: { persistedQuery: { sha256Hash: 'x' } } }, 'query:A'],
    ['a document by its number', { operationName: 'A', documentId: 'x' }, 'query:A'],
    ['words to search for', { query: 'shoes' }, undefined],
    ['a query of another language', { query: { match: { a: 1 } } }, undefined],
    ['another JSON body', { a: [1] }, undefined],
    ['null', 'null', undefined],
    ['what is no JSON', '{"query":"mutation { a }"', undefined],
  ])('%s', async (_, body, expected) => {
    expect(await refused(body)).toBe(expected)
  })

  test('is known as application/graphql, and as JSON by whatever type', async () => {
    expect(await refused('mutation A { a }', undefined, 'application/graphql')).toBe('mutation:A')
    expect(await refused('{ a }', undefined, 'application/graphql; charset=utf-8')).toBeUndefined()
    expect(await refused('{"query":"mutation A { a }"}', undefined, 'text/plain')).toBe('mutation:A')
    expect(await refused('\uFEFF{"query":"mutation A { a }"}', undefined, '')).toBe('mutation:A')
  })

  test('in the URL and in forms only what begins as a document counts: others ask by the name of query, too', async () => {
    const inUrl = (text: string) => refused(null, undefined, '', `${URL_A}?query=${encodeURIComponent(text)}`)
    expect(await inUrl('mutation A { a }')).toBe('mutation:A')
    expect(await inUrl('# a\n,mutation A { a }')).toBe('mutation:A')
    expect(await inUrl('mutation A { a')).toBe('mutation:')
    expect(await inUrl('{ a }')).toBeUndefined()
    expect(await inUrl('mutation rate')).toBeUndefined()
    expect(await inUrl('SELECT ?a WHERE { ?a }')).toBeUndefined()
    expect(await refused('query=mutation+A+%7Ba%7D', undefined, 'application/x-www-form-urlencoded')).toBe('mutation:A')
  })

  test('a form that uploads files is a request by its field operations', async () => {
    const form = (operations: string): FormData => {
      const data = new FormData()
      data.set('operations', operations)
      data.set('0', new Blob(['x']), 'a.txt')
      return data
    }
    expect(await refused(form('{"query":"mutation U { u }"}'), undefined, '')).toBe('mutation:U')
    expect(await refused(form('{"query":"{ u }"}'), undefined, '')).toBeUndefined()
  })

  test('what can not be read for its coding counts as a mutation', async () => {
    const headers = new Headers({ 'content-type': 'application/json', 'content-encoding': 'gzip' })
    expect(await refusedOperation({ url: URL_A, headers, body: 'x' })).toBe('mutation:')
  })
})

describe('JSON-RPC', () => {
  const call = (method: string, more: object = { id: 1 }) => ({ jsonrpc: '2.0', method, ...more })

  test.each<[string, unknown, string[] | undefined, string | undefined]>([
    ['no call is allowed by default', call('eth_getBlock'), undefined, 'call:eth_getBlock'],
    ['one that is named', call('eth_getBlock'), ['call:eth_get*'], undefined],
    ['one that is not', call('eth_send'), ['call:eth_get*'], 'call:eth_send'],
    ['a batch needs each', [call('eth_getA'), call('eth_send')], ['call:eth_get*'], 'call:eth_send'],
    ['a batch of what is named', [call('eth_getA'), call('eth_getB')], ['call:eth_get*'], undefined],
    ['a notification has no answer to store', call('eth_getA', {}), ['call:*'], 'call:eth_getA'],
    ['a batch with a notification', [call('a'), call('b', {})], ['call:*'], 'call:b'],
    ['a method that is no text', { jsonrpc: '2.0', method: 1, id: 1 }, ['call:a*'], 'call:'],
    ['an older version is not known', { method: 'a', params: [], id: 1 }, [], undefined],
  ])('%s', async (_, body, patterns, expected) => {
    expect(await refused(body, patterns)).toBe(expected)
  })
})

describe('patterns', () => {
  test('name a kind and a name, of which * is any part', async () => {
    const query = { query: 'mutation getUser { a }' }
    expect(await refused(query, ['mutation:get*'])).toBeUndefined()
    expect(await refused(query, ['query:*', 'mutation:set*'])).toBe('mutation:getUser')
    expect(await refused({ query: '{ a }' }, [])).toBe('query:')
    expect(await refused({ query: '{ a }' }, ['query:'])).toBeUndefined()
  })

  test('a query whose text is not known has to be named in full', async () => {
    const persisted = (operationName?: string) => ({ operationName, extensions: { persistedQuery: {} } })
    expect(await refused(persisted('A'), ['query:A'])).toBeUndefined()
    expect(await refused(persisted('A'), ['query:*', 'query:A*'])).toBe('query:A')
    expect(await refused(persisted(), ['query:*', 'query:'])).toBe('query:')
    expect(await refused({ ...persisted('A'), query: 'query A { a }' })).toBeUndefined()
  })
})

test('a body of a million escapes is read like any other', async () => {
  expect(await refused({ query: '{ a }', variables: { text: '"'.repeat(4_000_000) } })).toBeUndefined()
})
