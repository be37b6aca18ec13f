/** A secret of two halves, each of which is searched for, so that masking one of them is not enough. */
export interface PlantedSecret {
  readonly title: string
  readonly halves: readonly [string, string]
  readonly secret: string
}

let planted = 0

/** Makes a secret that is like no other. */
export function plant(title: string, between: string): PlantedSecret {
  planted += 1
  const halves = [`Apfel${planted}Mus`, `Birne${planted}Most`] as const
  return { title, halves, secret: halves.join(between) }
}

/** The secrets whose halves can be read in a text, whatever they are encoded in. */
export function leaks(text: string, secrets: readonly PlantedSecret[]): readonly string[] {
  const views = viewsOf(text)
  return secrets.flatMap(({ title, halves }) => {
    const seen = views.find((view) => halves.some((half) => view.includes(half.toLowerCase())))
    return seen === undefined ? [] : [title]
  })
}

/** A text as it is, decoded in every way that a reader could think of, without its line breaks, in lower case. */
function viewsOf(text: string): readonly string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: what a terminal takes for itself starts with ESC
  const plain = text.replace(/\x1b\[[0-9;?]*[A-Za-z]|\r/g, '')
  const joined = plain.replace(/\s+/g, '')
  const decoded = [...plain.matchAll(/[A-Za-z0-9+/_-]{8,}/g)].flatMap(([run]) =>
    // It may be encoded together with something in front of it.
    [0, 1, 2, 3].map((skipped) => Buffer.from(run.slice(skipped), 'base64').toString('latin1')),
  )
  return [
    plain,
    joined,
    plain.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    plain.replace(/\\u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16))),
    decoded.join('\n'),
  ].map((view) => view.toLowerCase())
}
