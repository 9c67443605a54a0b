#!/usr/bin/env node
/** `stowaway`: a cached GET on the command line, and a look into a cache. */
import { createRequire } from 'node:module'
import process from 'node:process'
import type { Command } from './command.ts'
import { exitCodeOf, FAILED, Interrupted, messageOf, PipeClosed, USAGE, usage } from './failure.ts'
import { note, style } from './output.ts'

const COMMANDS: Readonly<Record<string, readonly [about: string, load: () => Promise<Command>]>> = {
  get: ['fetch a URL through the cache', async () => (await import('./commands/get.ts')).get],
  ls: ['list what is stored', async () => (await import('./commands/ls.ts')).ls],
  show: ['show what is stored for a URL', async () => (await import('./commands/show.ts')).show],
  explain: ['say what a fetch would do, and why', async () => (await import('./commands/explain.ts')).explain],
  rm: ['remove responses', async () => (await import('./commands/rm.ts')).rm],
  prune: ['remove what has expired, and give the space back', async () => (await import('./commands/rm.ts')).prune],
  stats: ['count what is stored', async () => (await import('./commands/stats.ts')).stats],
  vacuum: ['give unused space back', async () => (await import('./commands/upkeep.ts')).vacuum],
  verify: ['read everything, and say what is damaged', async () => (await import('./commands/upkeep.ts')).verify],
  export: ['write all to one file', async () => (await import('./commands/transfer.ts')).exporting],
  import: ['read such a file', async () => (await import('./commands/transfer.ts')).importing],
}

function overview(): string {
  const rows = Object.entries(COMMANDS).map(([name, [about]]) => `  ${style('bold', name.padEnd(8))}  ${about}`)
  return `${style('bold', 'Usage:')} stowaway COMMAND [OPTIONS] …\n\n${rows.join('\n')}

'stowaway COMMAND --help' tells more of a command; 'stowaway --version' which release this is.
The cache is http_cache.sqlite in the working directory, unless --path, --name or --cache-dir says otherwise.`
}

const hint = (name: string): string =>
  URL.canParse(name) && name.includes('//') ? '; did you mean stowaway get URL?' : ''

function version(): string {
  // What the package's own manifest holds.
  const { version } = createRequire(import.meta.url)('stowaway/package.json') as { readonly version: string }
  return version
}

async function run([name, ...args]: readonly string[], signal: AbortSignal): Promise<number> {
  if (name === '--version') return say(version())
  if (name === undefined) {
    note(overview())
    return USAGE
  }
  if (name === '--help' || name === '-h' || (name === 'help' && args.length === 0)) return say(overview())
  const wanted = name === 'help' ? args[0] : name
  const entry = wanted !== undefined && Object.hasOwn(COMMANDS, wanted) ? COMMANDS[wanted] : undefined
  if (!entry) throw usage(`${JSON.stringify(wanted)} is not one of ${Object.keys(COMMANDS).join(', ')}${hint(name)}`)
  const command = await entry[1]()
  const options = args.slice(0, args.includes('--') ? args.indexOf('--') : undefined)
  if (name === 'help' || options.includes('--help') || options.includes('-h')) return say(command.help())
  return command.run(args, signal)
}

function say(text: string): number {
  process.stdout.write(`${text}\n`)
  return 0
}

/** Ends what is under way, so that it leaves nothing half done; a second time, at once. */
function stopping(): AbortController {
  const stop = new AbortController()
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(code)
      stop.abort(new Interrupted(code))
    })
  }
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    const unread = error.code === 'EPIPE'
    // The last of it may fail when all else has ended well.
    if (!unread) process.on('exit', () => void (process.exitCode ||= FAILED))
    stop.abort(unread ? new PipeClosed() : error)
  })
  return stop
}

const stop = stopping()
try {
  process.exitCode = await run(process.argv.slice(2), stop.signal)
} catch (caught) {
  // What failed because of the end is not why.
  const error: unknown = stop.signal.aborted ? stop.signal.reason : caught
  process.exitCode = exitCodeOf(error)
  if (!(error instanceof PipeClosed || error instanceof Interrupted)) note(`stowaway: ${messageOf(error)}`)
  if (process.env.STOWAWAY_DEBUG) console.error(error)
}
