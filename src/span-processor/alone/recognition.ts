/** Spans without any request among them before it is said aloud. */
const UNRECOGNISED_SPANS = 1000

/** Says once that no request is recognised: the set-up is probably wrong. */
export function createRecognition(say: (spans: number) => void): {
  saw(spans: number, requests: number): void
} {
  let seen = 0
  let isSettled = false
  return {
    saw(spans, requests) {
      if (isSettled) return
      seen += spans
      isSettled = requests > 0 || seen >= UNRECOGNISED_SPANS
      if (isSettled && requests === 0) say(seen)
    },
  }
}
