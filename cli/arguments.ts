/** Options as tables: what is parsed, and what help says. */
import { parseArgs } from 'node:util'
import { usage } from './failure.ts'
import { style } from './output.ts'

export interface Option {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: true
  /** What stands for its value in help. */
  readonly value?: string
  /** Given without a value it has this one; another needs `=`. */
  readonly bare?: string
  readonly help: string
}

export type Options = Readonly<Record<string, Option>>

export type Values<T extends Options> = {
  readonly [name in keyof T]?: (T[name]['type'] extends 'string' ? Texts<T[name]> : boolean) | undefined
}
type Texts<T extends Option> = T extends { readonly multiple: true } ? readonly string[] : string

export interface Parsed<T extends Options> {
  readonly values: Values<T>
  readonly operands: readonly string[]
}

/** Throws a usage error. */
export function parse<const T extends Options>(args: readonly string[], options: T, synopsis: string): Parsed<T> {
  try {
    const { positionals, values } = parseArgs({ args: spelled(args, options), options, allowPositionals: true })
    // The table says which of them are text and which may come more than once.
    return { values: values as Values<T>, operands: positionals }
  } catch (error) {
    const [why = ''] = String(error instanceof Error ? error.message : error).split(/\. |\n/)
    throw usage(`${why}; usage: stowaway ${synopsis}`)
  }
}

/** With the values of options that were given without one. */
function spelled(args: readonly string[], options: Options): string[] {
  const end = args.indexOf('--')
  return args.map((arg, at) => {
    const bare = end === -1 || at < end ? options[arg.replace(/^--/, '')]?.bare : undefined
    return bare !== undefined && arg.startsWith('--') ? `${arg}=${bare}` : arg
  })
}

/** Each option on a line, in the order of the table. */
export function optionLines(options: Options): string {
  const rows = Object.entries(options).map(([name, { bare, help, short, value = 'VALUE', type }]) => {
    const operand = type === 'boolean' ? '' : bare === undefined ? ` ${value}` : `[=${value}]`
    return [`${short ? `-${short}, ` : '    '}--${name}${operand}`, help] as const
  })
  const width = Math.max(...rows.map(([name]) => name.length))
  return rows.map(([name, help]) => `  ${style('bold', name.padEnd(width))}  ${help}`).join('\n')
}
