import { type ErrorCode, StowawayError } from '../../src/errors.ts'

/** The result codes that are told apart. */
export type Problem = 'busy' | 'readonly' | 'corrupt' | 'full' | 'cantopen'

const BY_NUMBER: Record<number, Problem> = {
  3: 'readonly',
  5: 'busy',
  6: 'busy',
  8: 'readonly',
  11: 'corrupt',
  13: 'full',
  14: 'cantopen',
  23: 'readonly',
  26: 'corrupt',
}
const BY_NAME: Record<string, Problem> = {
  PERM: 'readonly',
  BUSY: 'busy',
  LOCKED: 'busy',
  READONLY: 'readonly',
  CORRUPT: 'corrupt',
  FULL: 'full',
  CANTOPEN: 'cantopen',
  AUTH: 'readonly',
  NOTADB: 'corrupt',
}

/** better-sqlite3 has `code: 'SQLITE_BUSY_SNAPSHOT'`, node:sqlite `errcode: 517`: extended codes, of which the primary part counts. */
export function problemOf(error: unknown): Problem | undefined {
  if (!(error instanceof Error)) return undefined
  if ('errcode' in error && typeof error.errcode === 'number') return BY_NUMBER[error.errcode & 255]
  if (!('code' in error) || typeof error.code !== 'string') return undefined
  return BY_NAME[/^SQLITE_([A-Z]+)/.exec(error.code)?.[1] ?? '']
}

const CODES: Record<Problem, ErrorCode> = {
  busy: 'store-failure',
  readonly: 'unusable-path',
  corrupt: 'corrupt',
  full: 'too-large',
  cantopen: 'unusable-path',
}
const MEANING: Record<Problem, string> = {
  busy: 'is locked by another process',
  readonly: 'can only be read',
  corrupt: 'is damaged',
  full: 'has no room left',
  cantopen: "can't be opened",
}

/** The error that the caller sees. */
export function failure(error: unknown, path: string): StowawayError {
  if (error instanceof StowawayError) return error
  const problem = problemOf(error)
  if (problem) return new StowawayError(CODES[problem], `The database ${path} ${MEANING[problem]}`, { cause: error })
  return new StowawayError('store-failure', `The database ${path} failed`, { cause: error })
}
