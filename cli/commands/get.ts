/** `get`: one request through the cache, much as curl makes it. */
import { open } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import process from 'node:process'
import type { CachedResponse } from '../../src/response.ts'
import type { Options, Values } from '../arguments.ts'
import { command } from '../command.ts'
import type { Command, Common } from '../command.ts'
import { checkUrl } from '../entries.ts'
import { Failure, usage } from '../failure.ts'
import { json, note, write } from '../output.ts'
import { withCache } from '../place.ts'
import { createProgress } from '../progress.ts'
import { initOf, REQUEST } from '../request.ts'
import { bytes as bytesOf, duration } from '../units.ts'
import { headOf, responseJson, storyOf, withoutSecrets } from '../response.ts'

const OPTIONS = {
  ...REQUEST,
  data: {
    type: 'string',
    short: 'd',
    multiple: true,
    value: 'DATA|@FILE|@-',
    help: 'send this, by POST unless -X says otherwise',
  },
  'allow-method': {
    type: 'string',
    multiple: true,
    value: 'METHOD',
    help: 'let this method use the cache too, as in --allow-method POST',
  },
  include: { type: 'boolean', short: 'i', help: "begin with the response's status and headers" },
  head: { type: 'boolean', short: 'I', help: 'ask by HEAD, and write status and headers' },
  output: { type: 'string', short: 'o', value: 'FILE', help: 'write the body there' },
  fail: { type: 'boolean', short: 'f', help: 'end with 22 and without the body for a status from 400 on' },
  location: { type: 'boolean', short: 'L', help: 'follow redirects, which is done anyway' },
  silent: { type: 'boolean', short: 's', help: 'show no progress' },
  'show-error': { type: 'boolean', short: 'S', help: 'say what failed, which is done anyway' },
  verbose: {
    type: 'boolean',
    short: 'v',
    help: 'say on standard error what was sent, what came, and what the cache did',
  },
  refresh: { type: 'boolean', help: 'validate with the origin first, however fresh' },
  'force-refresh': { type: 'boolean', help: 'ignore what is stored, and replace it' },
  'only-if-cached': { type: 'boolean', help: 'never ask the origin' },
  offline: { type: 'boolean', help: 'never ask the origin, and take what is stored however stale' },
  'expire-after': { type: 'string', value: 'DURATION', help: 'count it as fresh for so long: 90s, 12h, 7d, never' },
  'no-cache-control': { type: 'boolean', help: 'store it whatever its headers say' },
  'stale-if-error': {
    type: 'string',
    value: 'DURATION',
    bare: 'never',
    help: 'take what is stale when the origin fails, at most so long past freshness',
  },
  'max-time': { type: 'string', value: 'SECONDS', help: 'give up after so long' },
  'max-bytes': {
    type: 'string',
    value: 'BYTES',
    help: 'let the cache grow so large; default: 1GB, no limit for a directory and what is larger already',
  },
} as const satisfies Options

type Given = Values<typeof OPTIONS & Common>

export const get: Command = command({
  synopsis: 'get [OPTIONS] URL',
  about: 'Writes the body of a response to standard output, from the cache or by way of it. Redirects are followed.',
  options: OPTIONS,
  notes: `Ends with 0; 1 where there is no response, or not all of it; 2 for a mistake in what was typed; 22 with --fail.`,
  operands: [1, 1],
  async run({ operands: [url = ''], values }, signal) {
    checkUrl(url)
    const { body, init } = await initOf(values, values.data, values.head)
    const ending = deadline(values, signal)
    const httpCache = settingsOf(values)
    const limit = values['max-bytes']
    const extra = {
      ...(values.offline && { mode: 'offline' as const }),
      ...(limit !== undefined && { maxBytes: bytesOf('--max-bytes', limit) }),
    }
    const manner = values.offline || values['only-if-cached'] ? 'change' : 'make'
    return withCache(
      values,
      manner,
      async ({ cache, place }) => {
        if (values.verbose) note(storyOf({ place, url, init, sent: body?.byteLength }))
        try {
          const response = await cache.fetch(url, { ...init, httpCache, signal: ending })
          return await told(response, values, ending)
        } catch (error) {
          throw explained(error, init.method ?? 'GET', url, values['max-time'])
        }
      },
      extra,
    )
  },
})

function settingsOf(values: Given): object {
  const [after, stale] = [values['expire-after'], values['stale-if-error']]
  const methods = values['allow-method']
  return {
    ...(values.refresh && { refresh: true }),
    ...(values['force-refresh'] && { forceRefresh: true }),
    ...(values['only-if-cached'] && { onlyIfCached: true }),
    ...(values['no-cache-control'] && { cacheControl: false }),
    ...(after !== undefined && { expireAfter: duration('--expire-after', after) }),
    ...(stale !== undefined && { staleIfError: stale === 'never' || duration('--stale-if-error', stale) }),
    ...(methods && { allowableMethods: ['GET', 'HEAD', 'QUERY', ...methods] }),
  }
}

function deadline(values: Given, signal: AbortSignal): AbortSignal {
  const seconds = values['max-time']
  if (seconds === undefined) return signal
  const ms = Number(seconds) * 1000
  if (!(ms > 0 && ms < 2 ** 31))
    throw usage(`--max-time: ${JSON.stringify(seconds)} is not a number of seconds above 0`)
  return AbortSignal.any([signal, AbortSignal.timeout(ms)])
}

function explained(error: unknown, method: string, url: string, time: string | undefined): unknown {
  const shown = `${method} ${withoutSecrets(url)}`
  if (error instanceof DOMException && error.name === 'TimeoutError')
    return new Failure(`${shown}: no whole response within ${time} s`, undefined, { cause: error })
  if (!(error instanceof TypeError)) return error
  const { cause } = error
  const why = cause instanceof Error ? cause : error
  return new Failure(`${shown} failed: ${reason(why)}`, undefined, { cause: error })
}

const reason = (error: Error): string =>
  // Where all addresses of a host were tried, its own message is empty.
  error instanceof AggregateError && error.message === '' ? String((error.errors[0] as Error).message) : error.message

async function told(response: CachedResponse, values: Given, signal: AbortSignal): Promise<number> {
  if (values.verbose) note(storyOf({ response }))
  if (isMadeHere(response)) {
    await response.body?.cancel()
    throw new Failure(`nothing stored can answer, and the origin was not asked: ${response.why}`)
  }
  if (values.fail && response.status >= 400) {
    // Read to its end, so that it is stored and need not be asked for again.
    for await (const _ of response.body ?? []);
    throw new Failure(`the answer is ${response.status} ${response.statusText}`.trimEnd(), 22)
  }
  if (values.json) await json(await responseJson(response, values.output === undefined), signal)
  else if (values.include || values.head) await write(headOf(response), signal)
  if (values.json && values.output === undefined) return 0
  await transferred(response, values, signal)
  return 0
}

/** A 504 that no origin gave. */
const isMadeHere = ({ elapsed, fromCache, status }: CachedResponse): boolean =>
  status === 504 && fromCache && elapsed === null

async function transferred(response: CachedResponse, values: Given, signal: AbortSignal): Promise<void> {
  const { json: quiet = false, output = '-', silent = quiet } = values
  const target = output === '-' ? undefined : await opened(output, response)
  const progress = silent || (!target && process.stdout.isTTY) ? undefined : createProgress('get')
  const total = lengthOf(response)
  let bytes = 0
  try {
    for await (const chunk of response.body ?? []) {
      signal.throwIfAborted()
      await (target ? target.appendFile(chunk) : write(chunk, signal))
      bytes += chunk.byteLength
      progress?.update({ bytes, ...(total !== undefined && { total }) })
    }
  } finally {
    progress?.end()
    await target?.close()
  }
}

/** Where that can't be, nobody wants the body. */
async function opened(file: string, response: Response): Promise<FileHandle> {
  try {
    return await open(file, 'w')
  } catch (error) {
    await response.body?.cancel()
    throw error
  }
}

/** Undefined where it is told of the coded bytes, or not at all. */
function lengthOf({ headers }: Response): number | undefined {
  const length = Number(headers.get('content-length') ?? Number.NaN)
  return Number.isSafeInteger(length) && !headers.has('content-encoding') ? length : undefined
}
