import { expect, test } from 'vitest'
import { createCache } from '../../../src/index.ts'

test('a 304 whose Location would lead on by a secret does not freshen a stored redirect, which is asked for anew', async () => {
  const asked: (string | null)[] = []
  const fetch = async (_: unknown, init: RequestInit = {}): Promise<Response> => {
    const condition = new Headers(init.headers).get('if-none-match')
    asked.push(condition)
    const location = asked.length === 1 ? '/plain' : '/next?access_token=s3cret'
    const headers = { etag: '"1"', 'cache-control': 'max-age=0', location }
    return new Response(null, { status: condition === null ? 302 : 304, headers })
  }
  const cache = createCache({ backend: 'memory', fetch })
  const follow = (): Promise<Response> => cache.fetch('https://api.example.com/old', { redirect: 'manual' })
  await follow()
  const second = await follow()
  expect(asked).toEqual([null, '"1"', null])
  expect([second.status, second.headers.get('location')]).toEqual([302, '/next?access_token=s3cret'])
})
