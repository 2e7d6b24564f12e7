import { describe, expect, it } from 'vitest'
import { loadRecordings } from '../../../helpers/recordings.ts'
import { announcementRig } from './rig.ts'

describe.each(loadRecordings())('recording $name', ({ exports }) => {
  it('announces nothing: all its spans ended', async () => {
    for (const { encoding, body } of exports) {
      const { consume, counted } = announcementRig()
      expect(await consume('traces', encoding, body)).toEqual([])
      expect(counted).toEqual([])
    }
  })
})
