/** What a command is. */
import { optionLines, parse } from './arguments.ts'
import type { Options, Parsed } from './arguments.ts'
import { usage } from './failure.ts'
import { style } from './output.ts'

/** What every command takes. */
export const COMMON = {
  path: { type: 'string', value: 'FILE|DIR', help: 'where the cache is: a file of sqlite, or a directory' },
  name: { type: 'string', value: 'NAME', help: 'its name in the working directory; default: http_cache' },
  'cache-dir': { type: 'boolean', help: "look for it in the user's cache directory instead" },
  backend: { type: 'string', value: 'sqlite|filesystem', help: 'default: filesystem for a directory, else sqlite' },
  config: {
    type: 'string',
    value: 'FILE',
    help: "a module whose default export is the application's options of createCache",
  },
  json: { type: 'boolean', help: 'write JSON: one document, or one on each line for a list' },
  help: { type: 'boolean', short: 'h', help: 'show this' },
} as const

export type Common = typeof COMMON

export interface Command {
  /** Resolves with the exit code. */
  run(args: readonly string[], signal: AbortSignal): Promise<number>
  help(): string
}

interface Definition<T extends Options> {
  /** As it is typed, with its operands. */
  readonly synopsis: string
  readonly about: string
  readonly options: T
  /** At the end of the help. */
  readonly notes?: string
  /** How many operands, at least and at most. */
  readonly operands: readonly [least: number, most: number]
  run(given: Parsed<T & Common>, signal: AbortSignal): Promise<number>
}

export function command<const T extends Options>(definition: Definition<T>): Command {
  const {
    about,
    notes,
    options,
    operands: [least, most],
    synopsis,
  } = definition
  const all = { ...COMMON, ...options }
  const help = (): string =>
    [
      `${style('bold', 'Usage:')} stowaway ${synopsis}`,
      about,
      ...(Object.keys(options).length > 0 ? [`${style('bold', 'Options:')}\n${optionLines(options)}`] : []),
      `${style('bold', 'Common options:')}\n${optionLines(COMMON)}`,
      ...(notes === undefined ? [] : [notes]),
    ].join('\n\n')

  return {
    help,
    async run(args, signal) {
      const given = parse(args, all, synopsis)
      const { length } = given.operands
      if (length < least) throw usage(`something is missing; usage: stowaway ${synopsis}`)
      if (length > most) throw usage(`${JSON.stringify(given.operands[most])} is too much; usage: stowaway ${synopsis}`)
      return definition.run(given, signal)
    },
  }
}
