/** `export` and `import`: a cache as one file. */
import { createReadStream, existsSync, renameSync, rmSync, statSync } from 'node:fs'
import { open } from 'node:fs/promises'
import process from 'node:process'
import type { RequestsCacheTransfer } from '../../adapters/requests-cache.ts'
import type { Cache } from '../../src/cache.ts'
import type { Imported, Transfer } from '../../src/management/types.ts'
import type { Options, Values } from '../arguments.ts'
import { command } from '../command.ts'
import type { Command } from '../command.ts'
import { FAILED, Failure, usage } from '../failure.ts'
import { FILTER, filterOf, PATTERN } from '../filters.ts'
import { json, line, note, printable, write } from '../output.ts'
import { withCache } from '../place.ts'
import { createProgress } from '../progress.ts'
import { counted, bytes as bytesIn, size } from '../units.ts'

export const exporting: Command = command({
  synopsis: 'export [OPTIONS] [FILE]',
  about: 'Writes what is stored to FILE, or to standard output: as lines that `import` reads, and other tools can.',
  options: {
    ...FILTER,
    ...PATTERN,
    har: { type: 'boolean', help: 'as a HAR 1.2 document, for other tools' },
    secret: { type: 'boolean', help: 'with what is matched by credentials, and the key of their digests; not in HAR' },
  },
  operands: [0, 1],
  async run({ operands: [file], values }, signal) {
    if (file === undefined && process.stdout.isTTY) throw usage('name a FILE, or - for the terminal')
    const { har, secret = false } = values
    if (har && secret) throw usage('--secret: not with --har, which has no place for it')
    const filter = filterOf(values)
    return withCache(values, 'look', async ({ cache }) => {
      const progress = createProgress('export')
      let entries = 0
      const onProgress: typeof progress.update = (made) => {
        entries = made.done ?? entries
        progress.update(made)
      }
      const work = { filter, signal, onProgress }
      const stream = har ? cache.exportHar(work) : cache.export({ ...work, secret })
      try {
        const bytes = isStandard(file) ? await toOutput(stream, signal) : await toFile(stream, file)
        progress.end()
        if (isStandard(file)) return 0
        if (values.json) await json({ file, entries, bytes }, signal)
        else await line(`${counted(entries, 'response')}, ${size(bytes)}, in ${file}`, signal)
        return 0
      } finally {
        progress.end()
      }
    })
  },
})

type Bytes = ReadableStream<Uint8Array>

const isStandard = (file: string | undefined): file is undefined | '-' => file === undefined || file === '-'

async function toOutput(stream: Bytes, signal: AbortSignal): Promise<number> {
  let bytes = 0
  for await (const chunk of stream) {
    await write(chunk, signal)
    bytes += chunk.byteLength
  }
  return bytes
}

/** What was there stays until all is written. For this user alone: it may hold what others must not read. */
async function toFile(stream: Bytes, file: string): Promise<number> {
  const part = `${file}.part`
  const target = await open(part, 'w', 0o600)
  let bytes = 0
  try {
    for await (const chunk of stream) {
      await target.appendFile(chunk)
      bytes += chunk.byteLength
    }
    await target.close()
    renameSync(part, file)
    return bytes
  } catch (error) {
    await target.close()
    rmSync(part, { force: true })
    throw error
  }
}

const IMPORT = {
  har: { type: 'boolean', help: 'it is a HAR document, as browsers save it' },
  'requests-cache': {
    type: 'boolean',
    help: "it is what Python's requests-cache stored: a file of SQLite, or a folder",
  },
  'no-cookies': {
    type: 'boolean',
    help: 'with --requests-cache: leave out the cookies of requests, so that it answers all',
  },
  'no-cache-control': { type: 'boolean', help: 'with --har: store what its headers forbid, too' },
  secret: {
    type: 'boolean',
    help: 'take over what is matched by credentials, from a file that nobody else had a hand in',
  },
  'max-bytes': { type: 'string', value: 'BYTES', help: 'let the cache grow so large; default: as large as it has to' },
} as const satisfies Options

type Import = Values<typeof IMPORT>

export const importing: Command = command({
  synopsis: 'import [OPTIONS] [FILE]',
  about:
    'Stores what FILE, or standard input, has: as `export` wrote it. What is stored already, as new or newer, stays.',
  options: IMPORT,
  notes: 'Who wrote the file decides what its URLs answer. Ends with 1 for a file that is not whole.',
  operands: [0, 1],
  async run({ operands: [file], values }, signal) {
    const python = values['requests-cache'] ?? false
    if (values.har && python) throw usage('--requests-cache: not with --har')
    if (python && isStandard(file)) throw usage('--requests-cache: name the file or folder')
    if (file === undefined && process.stdin.isTTY) throw usage('name a FILE, or - for what is typed')
    const limit = values['max-bytes']
    const extra = {
      maxBytes: limit === undefined ? Infinity : bytesIn('--max-bytes', limit),
      // Theirs is so by default.
      ...((python || values['no-cache-control']) && { cacheControl: false }),
    }
    // The name of a file of theirs may be without its ending.
    if (!isStandard(file) && !python && !existsSync(file)) throw new Failure(`there is no file ${file}`)
    const made = await withCache(values, 'make', ({ cache }) => brought(cache, file, values, signal), extra)
    const { complete = true, copied, present, problems = [], skipped } = made
    for (const { key, why } of problems) note(`stowaway: ${printable(`${key}: ${why}`)}`)
    if (values.json) await json({ copied, present, skipped, complete }, signal)
    else await line(`${counted(copied, 'response')} stored, ${present} there already, ${skipped} skipped`, signal)
    if (!complete) note(`stowaway: ${file ?? 'standard input'} is not whole; what it has is stored`)
    return complete ? 0 : FAILED
  },
})

type Made = Transfer & Partial<Pick<Imported, 'complete'> & Pick<RequestsCacheTransfer, 'problems'>>

async function brought(cache: Cache, file: string | undefined, values: Import, signal: AbortSignal): Promise<Made> {
  const progress = createProgress('import')
  try {
    if (values['requests-cache'] && file !== undefined) {
      const { importRequestsCache } = await import('../../adapters/requests-cache.ts')
      return await importRequestsCache(cache, file, {
        cookies: !values['no-cookies'],
        signal,
        onProgress: progress.update,
      })
    }
    const total = isStandard(file) ? undefined : bytesOfFile(file)
    const source = watched(isStandard(file) ? process.stdin : createReadStream(file), progress.update, total)
    if (values.har) return await cache.importHar(source, { signal })
    return await cache.import(source, { signal, secret: values.secret ?? false })
  } finally {
    progress.end()
  }
}

function bytesOfFile(file: string): number {
  const stats = statSync(file)
  if (stats.isDirectory()) throw new Failure(`${file} is a directory`)
  return stats.size
}

async function* watched(
  source: AsyncIterable<Uint8Array>,
  update: ReturnType<typeof createProgress>['update'],
  total: number | undefined,
): AsyncGenerator<Uint8Array> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.byteLength
    update({ bytes, ...(total !== undefined && { total }) })
    yield chunk
  }
}
