// exactOptionalPropertyTypes tells an absent member from one set to undefined; this writes the former.

export function optional<Name extends string, Value>(
  name: Name,
  value: Value | undefined,
): { readonly [key in Name]?: Value };
export function optional(name: string, value: unknown): object {
  return value === undefined ? {} : { [name]: value };
}
