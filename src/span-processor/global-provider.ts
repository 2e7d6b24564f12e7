import { API_KEY } from './otel-api.ts'

/** The object in which all copies of the API keep what was registered. */
type ApiGlobals = Record<string, unknown>

/** The API's stand-in for the provider, which is given the real one. */
interface ProxyProvider {
  getDelegate(): unknown
  setDelegate(provider: unknown): void
}

/**
 * Calls back once with the tracer provider that becomes the global one: now, if there is one, else
 * when the application registers it. It watches the place where all copies of `@opentelemetry/api`
 * 1.x meet, so it does not matter which of them the application has, nor how it was loaded.
 */
export function whenProviderIsRegistered(found: (provider: unknown) => void): void {
  const globals: Record<PropertyKey, unknown> = Object(globalThis)
  whenSet(globals, API_KEY, (api) => {
    if (!isRecord(api)) return
    whenSet(api, 'trace', (registered, justNow) => {
      if (!isProxy(registered)) found(registered)
      else if (justNow) whenDelegated(registered, found)
      else found(registered.getDelegate())
    })
  })
}

/** Calls back with the value of a property, now or when it is first set; leaves a plain property. */
function whenSet(
  holder: Record<PropertyKey, unknown>,
  key: PropertyKey,
  call: (value: unknown, justNow: boolean) => void,
): void {
  const present = holder[key]
  if (present !== undefined) {
    call(present, false)
    return
  }
  Object.defineProperty(holder, key, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: unknown) {
      Object.defineProperty(holder, key, {
        configurable: true,
        enumerable: true,
        writable: true,
        value,
      })
      call(value, true)
    },
  })
}

/** A proxy is registered first and gets its provider right after. */
function whenDelegated(proxy: ProxyProvider, found: (provider: unknown) => void): void {
  proxy.setDelegate = (provider) => {
    Reflect.deleteProperty(proxy, 'setDelegate')
    proxy.setDelegate(provider)
    found(provider)
  }
}

function isRecord(value: unknown): value is ApiGlobals {
  return typeof value === 'object' && value !== null
}

function isProxy(value: unknown): value is ProxyProvider {
  return isRecord(value) && typeof value['setDelegate'] === 'function'
}
