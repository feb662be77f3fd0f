// Whether a process' built-in objects are as they were. Imported before a server (NODE_OPTIONS=--import), it writes what
// has changed to the standard error, one line for each SIGUSR2.
const BUILT_IN = { Object, Array, Function, String, Number, Boolean, Map, Set, Promise, Error, RegExp, Date };

type Descriptors = Record<PropertyKey, PropertyDescriptor>;

const holders = new Map<string, object>([
  ...Object.entries(BUILT_IN).flatMap(([name, holder]): [string, object][] => [
    [name, holder],
    [`${name}.prototype`, holder.prototype],
  ]),
  ['globalThis.JSON', JSON],
]);
const before = new Map<object, Descriptors>();
for (const holder of holders.values()) before.set(holder, Object.getOwnPropertyDescriptors(holder));

/** The properties that were added, removed or replaced since this file was loaded. */
export function changedPrototypes(): string[] {
  const changed: string[] = [];
  for (const [name, holder] of holders) {
    const was = before.get(holder) as Descriptors;
    const is: Descriptors = Object.getOwnPropertyDescriptors(holder);
    for (const key of new Set([...Reflect.ownKeys(was), ...Reflect.ownKeys(is)])) {
      const a = Object.hasOwn(was, key) ? was[key] : undefined;
      const b = Object.hasOwn(is, key) ? is[key] : undefined;
      if (!Object.is(a?.value, b?.value) || a?.get !== b?.get || a?.set !== b?.set || !a !== !b) {
        changed.push(`${name}[${String(key)}]`);
      }
    }
  }
  return changed;
}

if (process.env.HOSTILE_WATCH) {
  process.on('SIGUSR2', () => {
    process.stderr.write(`${JSON.stringify({ changedPrototypes: changedPrototypes() })}\n`);
  });
}
