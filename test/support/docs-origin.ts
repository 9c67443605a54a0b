/** The origin of the documentation's examples, whatever host they name. */
import type { Exchange } from './origin.ts'

const JSON_TYPE = { 'content-type': 'application/json' }
const HOUR = { 'cache-control': 'max-age=3600' }

/** `/items` has a lifetime and a validator, `/status` says nothing, `/report` works once and is stale at once. */
export function createAnswers(): (exchange: Exchange) => void {
  let reports = 0
  return (exchange) => {
    const { pathname } = new URL(exchange.path, 'http://origin')
    if (pathname === '/status') return exchange.answer(200, JSON_TYPE, '{"up":true}')
    if (pathname === '/report')
      return reports++ === 0 ? exchange.answer(200, { 'cache-control': 'max-age=0' }, 'all well') : exchange.answer(503)
    if (pathname === '/live') return exchange.answer(200, { 'cache-control': 'no-store' }, 'now')
    if (exchange.headers['if-none-match'] === '"1"') return exchange.answer(304, { etag: '"1"', ...HOUR })
    return exchange.answer(200, { ...JSON_TYPE, ...HOUR, etag: '"1"' }, '["a","b"]')
  }
}
