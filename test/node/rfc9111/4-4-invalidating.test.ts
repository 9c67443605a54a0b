import { describe, expect, test } from 'vitest'
import { urlsToInvalidate } from '../../../src/rfc9111/4-4-invalidating.ts'
import { isSafe } from '../../../src/standards/safe-methods.ts'

const URL_A = 'https://example.org/a?x=1'
const urls = (headers: Record<string, string>, method = 'POST', status = 200): readonly string[] =>
  urlsToInvalidate(method, URL_A, status, new Headers(headers))

describe('§4.4 invalidation', () => {
  test.for(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'QUERY'])('%s is safe', (method) => {
    expect(isSafe(method)).toBe(true)
    expect(urls({ location: '/b' }, method)).toEqual([])
  })
  test.for(['POST', 'PUT', 'DELETE', 'PATCH', 'get', 'BREW'])('%s is not', (method) => {
    expect(isSafe(method)).toBe(false)
    expect(urls({}, method)).toEqual([URL_A])
  })
  test.for([200, 201, 204, 299, 301, 303, 304, 399])('%i makes invalid', (status) => {
    expect(urls({}, 'POST', status)).toEqual([URL_A])
  })
  test.for([0, 199, 400, 404, 500, 503, 999])('%i does not', (status) => {
    expect(urls({ location: '/b' }, 'POST', status)).toEqual([])
  })
  test.for<[string, string[]]>([
    ['/b', ['https://example.org/b']],
    ['b?y', ['https://example.org/b?y']],
    ['https://example.org:443/b', ['https://example.org/b']],
    ['', [URL_A]],
    ['https://other.org/b', []],
    ['http://example.org/b', []],
    ['https://example.org:8443/b', []],
    ['https://sub.example.org/b', []],
    ['//evil.org/b', []],
    ['http://[', []],
    ['data:,x', []],
  ])('Location and Content-Location: %s add %o', ([reference, added]) => {
    expect(urls({ location: reference })).toEqual([URL_A, ...added])
    expect(urls({ 'content-location': reference })).toEqual([URL_A, ...added])
  })
  test('both count', () => {
    expect(urls({ location: '/b', 'content-location': '/c' })).toEqual([
      URL_A,
      'https://example.org/b',
      'https://example.org/c',
    ])
  })
})
