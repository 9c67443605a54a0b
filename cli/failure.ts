/** What ends a command, as one line and an exit code. */
import { StowawayError } from '../src/errors.ts'
import type { ErrorCode } from '../src/errors.ts'
import { printable } from './output.ts'

export const FAILED = 1
export const USAGE = 2

export class Failure extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number = FAILED, options?: ErrorOptions) {
    super(message, options)
    this.exitCode = exitCode
  }
}

export const usage = (message: string): Failure => new Failure(message, USAGE)

/** The reason of the signal when nobody reads standard output any more: no failure. */
export class PipeClosed extends Error {}

/** The reason of the signal when the user or the system ends the program. */
export class Interrupted extends Error {
  readonly exitCode: number
  constructor(exitCode: number) {
    super('interrupted')
    this.exitCode = exitCode
  }
}

/** What was typed, not what was found. */
const MISTAKES: ReadonlySet<ErrorCode> = new Set([
  'unknown-option',
  'invalid-option',
  'invalid-duration',
  'invalid-pattern',
  'unknown-backend',
])

export function exitCodeOf(error: unknown): number {
  if (error instanceof PipeClosed) return 0
  if (error instanceof Failure || error instanceof Interrupted) return error.exitCode
  return error instanceof StowawayError && MISTAKES.has(error.code) ? USAGE : FAILED
}

/** `fetch` says why it failed in the cause of its error. */
export function messageOf(error: unknown): string {
  const said = error instanceof Error ? error : new Error(String(error))
  const cause = said instanceof TypeError ? causeOf(said.cause) : ''
  return printable(cause ? `${said.message}: ${cause}` : said.message)
}

function causeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return ''
  // All addresses of a host were tried, and its own message is empty.
  if (cause instanceof AggregateError && cause.message === '') return causeOf(cause.errors[0])
  return cause.message || cause.name
}
