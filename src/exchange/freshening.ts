/** A stored response, and what a 304 or a HEAD response says of it. Loaded with the first of these. */
import { updateFields } from '../rfc9111/3-2-updating.ts'
import { headAgrees } from '../rfc9111/4-3-4-freshening.ts'
import type { ResponseFacts } from '../rfc9111/messages.ts'
import { encodeRecord, readEntry } from '../record.ts'
import type { ResponseRecord, Stored } from '../record.ts'
import { select } from '../select.ts'
import type { Meta } from '../store.ts'
import type { Call } from './call.ts'
import type { Found } from './exchange.ts'
import type { Flight } from './flights.ts'
import { inTime } from '../loaded.ts'
import { labelOf } from './network.ts'
import { factsOf, fieldsOf, isForAll, lifetimeOf, tagsOf } from './recording.ts'
import type { Label } from './recording.ts'
import type { Storage } from './storage.ts'

/** §3.2; the entry is not there any more where this gives undefined. */
export async function freshen(
  { call, outdated }: Pick<Flight, 'call' | 'outdated'>,
  stored: Stored,
  response: Response,
  facts: ResponseFacts,
  { storage }: Found,
  now: () => number,
): Promise<Stored | undefined> {
  const record = freshened(stored, response, facts, call)
  const tags = await tagsOf(record, call, stored)
  if (!storage || tags.some((tag) => outdated.has(tag))) return undefined
  const label = labelOf({ record, facts: factsOf(record, call) }, call, now(), tags)
  return update(storage, stored, record, label, call.policy.readOnly)
}

/** §4.3.5: what a HEAD response says of the stored GET response. */
export async function compareHead(
  flight: Flight,
  response: Response,
  facts: ResponseFacts,
  found: Found,
  now: () => number,
): Promise<void> {
  const { policy, presented } = flight.call
  if (policy.readOnly || policy.taped) return
  const stored = select(found.candidates, { ...presented, method: 'GET' })
  if (response.status !== 200 || stored?.record.status !== 200) return
  if (headAgrees(stored.facts, facts)) return void (await freshen(flight, stored, response, facts, found, now))
  if (found.storage) await update(found.storage, stored, { ...stored.record, invalid: true }, { expiresAt: now() })
}

/** §3.2 with what a 304 or a HEAD response brings; the lifetime is that of the call that asked. */
function freshened({ record }: Stored, update: Response, facts: ResponseFacts, call: Call): ResponseRecord {
  const { key, policy, presented } = call
  const { lifetime: _, ...rest } = record
  const updated: ResponseRecord = {
    ...rest,
    fields: updateFields(
      record.fields.filter(([name]) => name !== 'age'),
      fieldsOf(update, facts, call),
    ),
    requestTime: facts.requestTime,
    responseTime: facts.responseTime,
    ...lifetimeOf(policy),
    invalid: false,
  }
  // Who else may have it can have become less: the update was about this very request.
  const now = factsOf(updated, call)
  return {
    ...updated,
    identity: record.identity ?? (isForAll(now) ? null : key.identity),
    selecting: { ...presented.selecting(now.vary), ...record.selecting },
  }
}

/**
 * Undefined when the entry has gone. Where only the writing failed, or nothing may be written, the body still is what the
 * origin confirmed.
 */
async function update(
  { report, store, targeted }: Storage,
  { entry }: Stored,
  record: ResponseRecord,
  label: Partial<Label>,
  readOnly = false,
): Promise<Stored | undefined> {
  const meta: Meta = { ...entry.meta, ...label, envelope: encodeRecord(record) }
  try {
    if (!readOnly && !(await inTime(store.update(entry, meta)))) return undefined
  } catch (error) {
    report(error)
  }
  return readEntry({ ...entry, meta, open: (start, end) => entry.open(start, end) }, targeted)
}
