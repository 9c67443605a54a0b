/** What went wrong, as a stable name to switch on. */
export type ErrorCode =
  /** An option's name is not known. */
  | 'unknown-option'
  /** An option's value is not accepted. */
  | 'invalid-option'
  /** A duration is not one of the accepted forms. */
  | 'invalid-duration'
  /** A rule's `match` is not a valid pattern. */
  | 'invalid-pattern'
  /** The backend's name is not known in this runtime. */
  | 'unknown-backend'
  /** An optional package that the backend needs is not installed, or can't be loaded. */
  | 'missing-package'
  /** The place where the store should live can't be read or written. */
  | 'unusable-path'
  /** The store was closed. */
  | 'closed'
  /** A body is larger than the store accepts, or the disk is full. */
  | 'too-large'
  /** The entry was replaced or removed before its body could be read to its end. */
  | 'gone'
  /** A stored entry can't be read back; it counts as absent. */
  | 'corrupt'
  /** A request that was not recorded is asked of a cache that replays, or a response can't be recorded. */
  | 'not-recorded'
  /** The cache is `readOnly`, and what was asked for would write. */
  | 'read-only'
  /** Any other failure of the backend; `cause` has it. */
  | 'store-failure'

/** The only error class that stowaway itself throws or reports; network errors stay those of the underlying `fetch`. */
export class StowawayError extends Error {
  override readonly name = 'StowawayError'
  /** Stable across releases; the message is not. */
  readonly code: ErrorCode

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

export const hasCode = (error: unknown, code: ErrorCode): error is StowawayError =>
  error instanceof StowawayError && error.code === code
