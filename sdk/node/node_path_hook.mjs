// The loader thread's side of NODE_PATH for ES modules, on a Node without module.registerHooks.
import { resolveInLater } from './node_path.cjs';

let folders = { parents: [], loose: [] };

export function initialize(given) {
    folders = given;
}

export function resolve(specifier, context, next) {
    return resolveInLater(folders.parents, folders.loose, specifier, context, next);
}
