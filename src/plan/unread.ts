/** `scheme://host:5432/path`, in letters in which nobody writes a password next to a host. */
const PLACE = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d{1,5})?(?:\/[\w./-]*)?$/i
const IPV6 = /^[0-9a-f:.]*::[0-9a-f:.]*$/i
const PATH = /^(?:@|unix:|file:\/\/)?\.{0,2}\/[\w./-]*$/
const WORD = /^[\w.-]+$/

/**
 * What may be shown of a target that could not be read. Nothing is known about its parts, so it is shown only where it is
 * a plain place, and of a URL that is more than that its scheme.
 * @param hasCredentials a single word may be a password, given in place of the target that it belongs to
 */
export function describeUnread(raw: string, hasCredentials: boolean): string {
  const text = raw.trim()
  const [target = ''] = text.split('#', 1)
  const open = hasCredentials && WORD.test(target) && !/[.]/.test(target)
  // An @ behind the # is one that ends a password.
  const cut = target !== text && text.slice(target.length).includes('@')
  if (!open && !cut && (PLACE.test(target) || IPV6.test(target) || PATH.test(target))) {
    return target.length > 120 ? `${target.slice(0, 119)}…` : target
  }
  const scheme = /^[a-z][a-z0-9+.-]{0,20}:\/\//i.exec(text)?.[0]
  return scheme === undefined ? '' : `${scheme}***`
}
