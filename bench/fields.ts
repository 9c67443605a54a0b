/** What a response of an API says, 12 fields with those that a hit adds: Age and Cache-Status. */
export const FIELDS: Readonly<Record<string, string>> = {
  'access-control-allow-origin': '*',
  'cache-control': 'public, max-age=86400, stale-while-revalidate=600',
  'content-language': 'en',
  'content-type': 'application/json; charset=utf-8',
  etag: '"5d8c72a5edda8d6a8c72a5edda8d6a"',
  'last-modified': 'Wed, 21 Oct 2015 07:28:00 GMT',
  server: 'origin/1.0',
  'strict-transport-security': 'max-age=31536000; includeSubDomains',
  'x-request-id': '0b0e6ea3-2f6c-4a4f-8c57-6c5f5bb3cbd4',
}
