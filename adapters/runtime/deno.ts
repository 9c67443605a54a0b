import { runtime as node } from './node.ts'
import type { Runtime } from '../../src/runtime.ts'

/** Node's backends run here; its fetch adds no fields to a conditional request. */
export const runtime: Runtime = { ...node, conditionalMode: undefined }
