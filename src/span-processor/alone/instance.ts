import cluster from 'node:cluster'
import { hostname } from 'node:os'
import { cutTextTo } from '../../lib/cut-text.ts'
import type { SdkResource } from '../sdk-span.ts'

/** A UUID of version 4: random, so most probably made anew at each start. */
const RANDOM = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i

const MAX_LENGTH = 100

/**
 * What tells this process from others of its service and is the same after a restart, so that an
 * incident which a killed process left open is found again by the next.
 */
export function instanceOf(resource: SdkResource): string {
  const id = resource.attributes['service.instance.id']
  if (typeof id === 'string' && id !== '' && !RANDOM.test(id)) return cutTextTo(id, MAX_LENGTH)
  const host = cutTextTo(hostname(), MAX_LENGTH)
  // Of node:cluster, or of PM2, whose workers may be no cluster.
  const worker = cluster.worker?.id ?? process.env['NODE_APP_INSTANCE']
  return worker === undefined ? host : `${host}-${worker}`
}
