import { Metadata } from '@grpc/grpc-js'
import type { Refusal } from '../../model/refusal.ts'
import { encodeStatus } from './answer.ts'
import { rpcStatusOf, type rpcCode } from './status.ts'

/** A refusal as grpc-js sends it: its details, a google.rpc.Status, travel in the trailers. */
export function grpcStatusOf(refusal: Refusal): {
  readonly code: rpcCode
  readonly details: string
  readonly metadata: Metadata
} {
  const status = rpcStatusOf(refusal)
  const metadata = new Metadata()
  metadata.set('grpc-status-details-bin', encodeStatus(status, 'protobuf'))
  return { code: status.code, details: status.message, metadata }
}
