/** The command as a user runs it: a process of its own, from the sources, in a directory of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { buffer, text } from 'node:stream/consumers'
import { root } from './source.ts'

export const HOOK: string = new URL('sources-hook.ts', import.meta.url).href
export const MAIN: string = join(root, 'cli/main.ts')

/** What hangs is killed, and fails by its code, in ms. */
const PATIENCE = 15_000

export interface Ran {
  /** Null when it was killed. */
  readonly code: number | null
  readonly out: string
  readonly bytes: Buffer
  /** Standard error. */
  readonly err: string
}

export interface Running {
  readonly ran: Promise<Ran>
  interrupt(): void
  /** The first bytes of standard output; nobody reads on. */
  hangUp(): Promise<void>
}

export interface Manner {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly input?: string | Uint8Array
}

export function start({ cwd, env, input = '' }: Manner, ...args: readonly string[]): Running {
  const { FORCE_COLOR: _, NO_COLOR: __, STOWAWAY_DEBUG: ___, ...rest } = process.env
  const child = spawn(process.execPath, ['--import', HOOK, MAIN, ...args], { cwd, env: { ...rest, ...env } })
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE)
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  const hungUp = Promise.withResolvers<Buffer>()
  async function result(): Promise<Ran> {
    const [bytes, err, [code]] = await Promise.all([
      Promise.race([buffer(child.stdout), hungUp.promise]),
      text(child.stderr),
      // The event's arguments.
      once(child, 'close') as Promise<[number | null]>,
    ])
    clearTimeout(timer)
    return { code, bytes, out: bytes.toString('utf8'), err }
  }
  return {
    ran: result(),
    interrupt: () => void child.kill('SIGINT'),
    async hangUp() {
      await once(child.stdout, 'data')
      hungUp.resolve(Buffer.alloc(0))
      child.stdout.destroy()
    },
  }
}

export const run = (manner: Manner, ...args: readonly string[]): Promise<Ran> => start(manner, ...args).ran

/** Each line as JSON: fails for anything else. */
export const documents = ({ out }: Ran): Record<string, unknown>[] =>
  out
    .split('\n')
    .filter((line) => line !== '')
    // Whatever it is, its members are looked at as unknown things.
    .map((line) => JSON.parse(line) as Record<string, unknown>)
