/** What goes to standard output, and how it looks. */
import { once } from 'node:events'
import process from 'node:process'
import { styleText } from 'node:util'

/** With colours only on a terminal, and not with NO_COLOR. */
export const style = (format: Parameters<typeof styleText>[0], text: string): string =>
  styleText(format, text, { stream: process.stdout })

const ESCAPES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }

/** Without what would command a terminal, or make text look like other text: hostile servers name their headers and URLs. */
export function printable(text: string): string {
  return text.replace(
    /[\p{C}\p{Zl}\p{Zp}]/gu,
    (char) => ESCAPES[char] ?? `\\u{${(char.codePointAt(0) ?? 0).toString(16)}}`,
  )
}

/** Resolves when more may follow; rejects with the signal's reason. */
export async function write(chunk: string | Uint8Array, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted()
  if (process.stdout.write(chunk)) return
  try {
    await once(process.stdout, 'drain', { signal })
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  }
}

export const line = (text: string, signal: AbortSignal): Promise<void> => write(`${text}\n`, signal)

const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** One document on one line, so that a list of them is NDJSON; what a terminal would heed is escaped, and parses to the same. */
export const json = (value: unknown, signal: AbortSignal): Promise<void> =>
  line(JSON.stringify(value).replace(HIDDEN, escaped), signal)

const escaped = (char: string): string =>
  Array.from({ length: char.length }, (_, at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`).join('')

/** On standard error, for people. */
export const note = (text: string): void => void process.stderr.write(`${text}\n`)

/** Names on the left, what they are on the right. */
export function pairs(rows: readonly (readonly [name: string, value: string | undefined])[]): string {
  const given = rows.filter(([, value]) => value !== undefined)
  const width = Math.max(...given.map(([name]) => name.length))
  return given.map(([name, value = '']) => `${style('dim', name.padEnd(width))}  ${printable(value)}`).join('\n')
}

/** To the terminal's width, where there is a terminal. */
export function fitted(text: string): string {
  const { columns, isTTY } = process.stdout
  // Some terminals do not tell, which is 0.
  return isTTY && columns && text.length > columns ? `${text.slice(0, Math.max(1, columns - 1))}…` : text
}
