import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { printable } from '../../../cli/output.ts'
import { createProgress } from '../../../cli/progress.ts'
import { bytes, duration, moment, size, span } from '../../../cli/units.ts'

describe('what is printed', () => {
  test('holds nothing that commands a terminal or hides', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(printable(text)).not.toMatch(/[\p{C}\p{Zl}\p{Zp}]/u)
      }),
    )
    expect(printable('a\n\u001b]0;b\u0007\u202ec')).toBe('a\\n\\u{1b}]0;b\\u{7}\\u{202e}c')
    expect(printable('größe 漢字 🙂')).toBe('größe 漢字 🙂')
  })
})

describe('progress', () => {
  function screen(
    isTTY: boolean,
    columns = 80,
  ): { isTTY: boolean; columns: number; text: string; write(text: string): void } {
    return {
      isTTY,
      columns,
      text: '',
      write(text) {
        this.text += text
      },
    }
  }

  test('is drawn on a terminal once it takes long, now and then, and leaves no trace', () => {
    const terminal = screen(true)
    let now = 0
    const { end, update } = createProgress('verify', terminal, () => now)
    now = 299
    update({ done: 1, total: 4, bytes: 10 })
    expect(terminal.text).toBe('')
    now = 300
    update({ done: 2, total: 4, bytes: 2000 })
    expect(terminal.text).toBe('\r\u001b[2Kverify  ████████████░░░░░░░░░░░░ 2/4  2.0 kB')
    now = 399
    update({ done: 3, total: 4, bytes: 3000 })
    expect(terminal.text).not.toContain('3/4')
    end()
    expect(terminal.text.endsWith('\r\u001b[2K')).toBe(true)
  })

  test.each([
    [{ bytes: 500, total: 1000 }, 'get  ████████████░░░░░░░░░░░░ 500 B of 1.0 kB'],
    [{ bytes: 500 }, 'get  500 B'],
    [{ done: 7, bytes: 0 }, 'get  7'],
  ])('tells what is known: %j', (progress, expected) => {
    const terminal = screen(true)
    let now = 0
    const { update } = createProgress('get', terminal, () => now)
    now = 1000
    update(progress)
    expect(terminal.text).toBe(`\r\u001b[2K${expected}`)
  })

  test('is no wider than the terminal, and absent where there is none', () => {
    let now = 0
    const [narrow, none] = [screen(true, 12), screen(false)]
    const drawn = [narrow, none].map((on) => createProgress('get', on, () => now))
    now = 1000
    for (const { end, update } of drawn) {
      update({ done: 1, total: 2, bytes: 0 })
      end()
    }
    expect(narrow.text).toBe('\r\u001b[2Kget  ██████\r\u001b[2K')
    expect(none.text).toBe('')
  })
})

describe('numbers', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1000, '1.0 kB'],
    [999_949, '999.9 kB'],
    [999_950, '1.0 MB'],
    [3e15, '3000.0 TB'],
  ])('%d bytes are %s', (amount, text) => expect(size(amount)).toBe(text))

  test.each([
    [0, '0 s'],
    [59_400, '59 s'],
    [60_000, '1 min'],
    [7_200_000, '2 h'],
    [-90_000_000, '-1 d'],
    [Infinity, 'ever'],
  ])('%d ms are %s', (ms, text) => expect(span(ms)).toBe(text))

  test.each([
    ['1500', 1500],
    ['10kB', 10_000],
    ['1.5 M', 1_500_000],
    ['2gb', 2e9],
  ])('%s is as many bytes', (text, amount) => expect(bytes('--x', text)).toBe(amount))

  test('are seconds without a unit, and dates where they look like one', () => {
    expect(duration('--x', '90')).toBe(90)
    expect(duration('--x', '1h30m')).toBe('1h30m')
    expect(duration('--x', 'never')).toBe(Infinity)
    expect(moment('--x', '2026-01-31')).toEqual(new Date('2026-01-31'))
    expect(() => moment('--x', '2026-99')).toThrow('--x: "2026-99" is no duration')
    expect(() => bytes('--x', '-1')).toThrow('--x: "-1" is no number of bytes')
  })
})
