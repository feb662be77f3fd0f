// RFC 9562 §5.7: UUID version 7, whose order is that of creation, so that pages stay stable while resources come.

/** A new UUID of version 7 for the given time in milliseconds; 74 of its bits are random. */
export function uuidv7(now: number = Date.now()): string {
  const time = Math.floor(now).toString(16).padStart(12, '0');
  // From version 4, the random bits and the variant.
  return `${time.slice(0, 8)}-${time.slice(8)}-7${crypto.randomUUID().slice(15)}`;
}
