import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Http2Session, ServerHttp2Stream } from 'node:http2'

/** HTTP/2 starts at 64 KiB, which a batch of spans fills many times over; 1 MiB was the best. */
const RECEIVE_WINDOW_BYTES = 1024 * 1024

const STREAM_CREATED = 'http2.server.stream.created'

export interface GrpcStreamsOptions {
  /** The port of our own server. The channel tells of every HTTP/2 server in the process. */
  readonly port: number
  /** An answer other than OK, with its gRPC code; also those that grpc-js gives by itself. */
  readonly onFailed: (grpcCode: number) => void
  readonly onError: (error: unknown) => void
}

/**
 * Does at the HTTP/2 streams what grpc-js has no option or hook for: raises the receive window
 * (its flow-control option is read by clients only), and sees the answers that never reach a handler,
 * such as those to a message over the limit.
 *
 * @returns Stops watching.
 */
export function watchGrpcStreams(options: GrpcStreamsOptions): () => void {
  const raised = new WeakSet<Http2Session>()

  function onCreated(message: unknown): void {
    // Whatever a subscriber throws would end the process.
    try {
      if (!isStreamMessage(message)) return
      const { stream } = message
      const { session } = stream
      if (session === undefined || session.destroyed) return
      if (session.socket.localPort !== options.port) return
      if (!raised.has(session)) {
        raised.add(session)
        session.setLocalWindowSize(RECEIVE_WINDOW_BYTES)
        session.settings({ initialWindowSize: RECEIVE_WINDOW_BYTES })
      }
      stream.once('close', () => {
        // An error is sent as headers that are trailers at once; only OK has both. Where the
        // connection broke there are none, whatever the type of sentHeaders says.
        const code = stream.headersSent ? Number(stream.sentHeaders['grpc-status'] ?? 0) : 0
        if (code !== 0) options.onFailed(code)
      })
    } catch (error) {
      options.onError(error)
    }
  }

  subscribe(STREAM_CREATED, onCreated)
  return () => {
    unsubscribe(STREAM_CREATED, onCreated)
  }
}

function isStreamMessage(message: unknown): message is { readonly stream: ServerHttp2Stream } {
  return typeof message === 'object' && message !== null && 'stream' in message
}
