import {
  ServerInterceptingCall,
  ServerListenerBuilder,
  type ServerInterceptor,
} from '@grpc/grpc-js'
import { Refusal } from '../../model/refusal.ts'
import { grpcStatusOf } from './grpc-status.ts'

/**
 * Refuses a call that does not bring exactly one whole message: an empty stream, a frame cut short,
 * a second message. grpc-js would say UNIMPLEMENTED, from which a sender must conclude that this
 * signal is not taken here at all.
 */
export const oneMessage: ServerInterceptor = (_method, call) => {
  let messages = 0
  const refuse = (how: string): void => {
    const message = `a call brings exactly one message; this one ${how}`
    call.sendStatus(grpcStatusOf(new Refusal('invalid_argument', message)))
  }
  const listener = new ServerListenerBuilder()
    .withOnReceiveMessage((message, next) => {
      messages += 1
      if (messages === 1) next(message)
      else refuse('brought a second')
    })
    .withOnReceiveHalfClose((next) => {
      if (messages > 0) next()
      else refuse('ended before one had come whole')
    })
    .build()
  return new ServerInterceptingCall(call, { start: (next) => next(listener) })
}
