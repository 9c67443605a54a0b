/** RFC 9651 §4.1, as far as Cache-Status needs it; reading is in structured-fields.ts. */

/** §4.1.6: what a string can't hold becomes `?`. */
export function serializeString(text: string): string {
  return `"${text.replace(/[^ -~]/gu, '?').replace(/["\\]/g, '\\$&')}"`
}

/** §4.1.1.2; a string that is a token is written as one, a number as an integer. */
export function serializeParameter(key: string, value: string | number | boolean): string {
  return value === true ? `;${key}` : `;${key}=${serializeBareItem(value)}`
}

function serializeBareItem(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? '?1' : '?0'
  if (typeof value === 'string') return /^[A-Za-z*][!#$%&'*+.^_`|~\w:/-]*$/.test(value) ? value : serializeString(value)
  return String(Math.max(-999_999_999_999_999, Math.min(999_999_999_999_999, Math.floor(value))))
}
