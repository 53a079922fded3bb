/** A port of which some methods are others; the rest is as it was. */
export const changedPort = <Port extends object>(port: Port, changes: Partial<Port>): Port =>
  new Proxy(port, {
    get: (target, property) => {
      const own: unknown = Reflect.get({ ...changes }, property);
      const method: unknown = own ?? Reflect.get(target, property);
      return typeof method === 'function' ? method.bind(target) : method;
    },
  });
