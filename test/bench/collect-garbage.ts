import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects now; whatever flags Node was started with. */
export const collectGarbage: () => void = runInNewContext('gc')
