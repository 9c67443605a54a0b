/**
 * Hands 1xx responses on. The Fetch API hides them, but in Node the dispatcher that a request names sees them pass by.
 */
import type { ServerResponse } from 'node:http'

type Dispatch = (options: object, handler: object) => boolean
interface Dispatcher {
  compose(interceptor: (dispatch: Dispatch) => Dispatch): Dispatcher
}

export function relayInterim(response: ServerResponse): Dispatcher {
  return globalDispatcher().compose((dispatch) => (options, handler) => dispatch(options, observe(handler, response)))
}

/** Where Node's fetch keeps its dispatcher; it is there after the first use of fetch. */
function globalDispatcher(): Dispatcher {
  const found: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'))
  if (!found) throw new Error('this runtime has no undici dispatcher')
  // Checked just above; undici is bundled with Node and brings no declarations.
  return found as Dispatcher
}

/** undici calls `onHeaders` or `onResponseStart`, depending on its version and the handler's. */
function observe(handler: object, response: ServerResponse): object {
  return new Proxy(handler, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name)
      if (typeof value !== 'function') return value
      return (...args: unknown[]): unknown => {
        if (name === 'onHeaders') relay(Number(args[0]), fromRaw(args[1]), response)
        if (name === 'onResponseStart') relay(Number(args[1]), args[2], response)
        const result: unknown = Reflect.apply(value, target, args)
        return result
      }
    },
  })
}

function relay(status: number, headers: unknown, response: ServerResponse): void {
  if (response.headersSent) return
  if (status === 102) response.writeProcessing()
  // undici gives a header's name and value, or values.
  if (status === 103) response.writeEarlyHints(headers as Record<string, string | string[]>)
}

function fromRaw(raw: unknown): Record<string, string> {
  const headers: Record<string, string> = {}
  if (!Array.isArray(raw)) return headers
  for (let i = 0; i + 1 < raw.length; i += 2) headers[String(raw[i]).toLowerCase()] = String(raw[i + 1])
  return headers
}
