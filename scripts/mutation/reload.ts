// Modules loaded anew in one process. Node keeps a module for good under its URL, so each loading asks for another URL.
import { readFileSync } from 'node:fs';
import { registerHooks, stripTypeScriptTypes } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * Each call gives an import that takes nothing from earlier ones of the modules below `directory`. Packages are loaded once;
 * `instead` names modules in place of some.
 */
export function reloadable(
  directory: string,
  instead: Readonly<Record<string, string>>,
): () => (file: string) => Promise<void> {
  const below = `${pathToFileURL(directory).href}/`;
  const isOurs = (url: string): boolean =>
    url.startsWith(below) && !url.includes('/node_modules/') && /\.ts\b/.test(url);
  const stripped = new Map<string, string>();
  let loading = 0;

  registerHooks({
    resolve(specifier, context, nextResolve) {
      const resolved = nextResolve(instead[specifier] ?? specifier, context);
      return isOurs(resolved.url) ? { ...resolved, url: `${resolved.url}?loading=${loading}` } : resolved;
    },
    load(url, context, nextLoad) {
      if (!isOurs(url)) return nextLoad(url, context);
      const path = fileURLToPath(url);
      const source = stripped.get(path) ?? stripTypeScriptTypes(readFileSync(path, 'utf8'), { mode: 'strip' });
      stripped.set(path, source);
      return { format: 'module', source, shortCircuit: true };
    },
  });

  return () => {
    loading += 1;
    return async (file) => void (await import(pathToFileURL(resolve(directory, file)).href));
  };
}
