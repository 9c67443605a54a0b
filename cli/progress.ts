/** How far long work is, on a terminal and nowhere else. */
import process from 'node:process'
import type { Progress } from '../src/management/types.ts'
import { size } from './units.ts'

/** Shorter work shows nothing, in ms. */
const SILENCE = 300
/** Between two drawings, in ms. */
const PACE = 100
const BAR = 24

export interface ProgressLine {
  readonly update: (progress: Partial<Progress>) => void
  /** Leaves no trace of it. */
  end(): void
}

interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export function createProgress(
  label: string,
  screen: Screen = process.stderr,
  now: () => number = () => performance.now(),
): ProgressLine {
  const started = now()
  let drawn = -Infinity
  return {
    update(progress) {
      const time = now()
      if (!screen.isTTY || time - started < SILENCE || time - drawn < PACE) return
      drawn = time
      screen.write(`\r\u001B[2K${drawing(label, progress).slice(0, (screen.columns || 80) - 1)}`)
    },
    end() {
      if (drawn > -Infinity) screen.write('\r\u001B[2K')
      drawn = -Infinity
    },
  }
}

function drawing(label: string, { bytes = 0, done, total }: Partial<Progress>): string {
  const amount = size(bytes)
  // Bytes alone: of one body.
  if (done === undefined) return `${label}  ${total ? `${bar(bytes / total)} ${amount} of ${size(total)}` : amount}`
  const share = total ? `${bar(done / total)} ${done}/${total}` : String(done)
  return `${label}  ${share}${bytes > 0 ? `  ${amount}` : ''}`
}

function bar(share: number): string {
  const full = Math.round(Math.min(1, share) * BAR)
  return '█'.repeat(full) + '░'.repeat(BAR - full)
}
