'use strict';
// Finds the handler that "folder/module.export.path" names, in CommonJS and ES modules.
//
// Order: the bare path, .js (an ES module where package.json says so), .mjs, .cjs, then Node's own
// resolution from the task root and NODE_PATH; last, which Lambda does not do, TypeScript where this
// Node can strip types.

const fs = require('fs');
const path = require('path');
const { RuntimeError } = require('./errors.cjs');

function parse(handler) {
    if (handler.includes('..')) {
        throw new RuntimeError('MalformedHandlerName', `'${handler}' is not a valid handler name. ` +
            'Use absolute paths when specifying root directories in handler names.');
    }
    const base = path.basename(handler);
    const folder = handler.slice(0, handler.indexOf(base));
    const match = /^([^.]*)\.(.*)$/.exec(base);
    if (!match) {
        throw new RuntimeError('MalformedHandlerName', 'Bad handler');
    }
    return { folder, module: match[1], exportPath: match[2] };
}

// Of the nearest package.json above `folder`.
function isModuleScope(folder) {
    for (;;) {
        if (folder.endsWith('/node_modules')) {
            return false;
        }
        const file = path.join(folder, 'package.json');
        if (fs.existsSync(file)) {
            try {
                return JSON.parse(fs.readFileSync(file, 'utf8')).type === 'module';
            } catch (error) {
                console.warn(`${file} cannot be read, it will be ignored for ES module ` +
                    'detection purposes.', error);
                return false;
            }
        }
        if (folder === '/') {
            return false;
        }
        folder = path.dirname(folder);
    }
}

function isEmpty(folder) {
    try {
        return fs.readdirSync(folder).length === 0;
    } catch {
        return true;
    }
}

// Lambda lets ES modules import from NODE_PATH (layers), which Node by itself does not.
function honourNodePath(root) {
    const module = require('module');
    let folders = (process.env.NODE_PATH || '').split(':').filter((folder) => folder && !isEmpty(folder));
    if (!module.registerHooks) {
        // What there is instead starts a thread: 20 ms, not for a function without layers.
        folders = folders.filter((folder) => path.resolve(folder) !== path.resolve(root));
    }
    if (folders.length === 0 || (!module.registerHooks && !module.register)) {
        return;
    }
    const { pathToFileURL } = require('url');
    const isPackages = (folder) => /\/node_modules\/?$/.test(folder);
    const parents = folders.filter(isPackages).map((folder) =>
        pathToFileURL(path.join(path.dirname(folder), '_.mjs')).href);
    const loose = folders.filter((folder) => !isPackages(folder));
    if (module.registerHooks) {
        const { resolveIn } = require('./node_path.cjs');
        module.registerHooks({
            resolve: (specifier, context, next) => resolveIn(parents, loose, specifier, context, next),
        });
    } else {
        module.register(pathToFileURL(path.join(__dirname, 'node_path_hook.mjs')),
            { data: { parents, loose } });
    }
}

let honoursNodePath = false;

function importFile(root, file) {
    if (!honoursNodePath) {
        honoursNodePath = true;
        honourNodePath(root);
    }
    return import(require('url').pathToFileURL(file).href);
}

function importTypeScript(root, file) {
    if (!process.features.typescript) {
        throw new RuntimeError('ImportModuleError', `Error: '${file}' is TypeScript, and Node.js ` +
            `${process.version} cannot run it: bundle it with esbuild (Metadata: BuildMethod: ` +
            'esbuild) or use a Node.js that strips types (22.18 or later)');
    }
    return importFile(root, file);
}

async function loadModule(root, folder, name) {
    const file = path.resolve(root, folder, name);
    if (fs.existsSync(file)) {
        return require(file);
    }
    if (fs.existsSync(file + '.js')) {
        const isModule = isModuleScope(path.dirname(file));
        return isModule ? importFile(root, file + '.js') : require(file + '.js');
    }
    if (fs.existsSync(file + '.mjs')) {
        return importFile(root, file + '.mjs');
    }
    if (fs.existsSync(file + '.cjs')) {
        return require(file + '.cjs');
    }
    for (const extension of ['.ts', '.mts', '.cts']) {
        if (fs.existsSync(file + extension)) {
            return importTypeScript(root, file + extension);
        }
    }
    return require(require.resolve(name, { paths: [root, path.resolve(root, folder)] }));
}

function pick(object, exportPath) {
    return exportPath.split('.').reduce((nested, key) => nested && nested[key], object);
}

// Resolves to the function; rejects with the error to post to /init/error. `isModern`: the rules of
// Node 24 and later, which also look into the default export.
async function load(root, handler, isModern) {
    const { folder, module, exportPath } = parse(handler);
    let loaded;
    try {
        loaded = await loadModule(root, folder, module);
    } catch (error) {
        if (error instanceof SyntaxError) {
            throw new RuntimeError('UserCodeSyntaxError', String(error), error);
        }
        if (error && error.code === 'MODULE_NOT_FOUND') {
            throw new RuntimeError('ImportModuleError', String(error), error);
        }
        throw error;
    }
    let found = pick(loaded, exportPath);
    if (!found && isModern && loaded && loaded.default) {
        found = pick(loaded.default, exportPath);
    }
    if (!found) {
        throw new RuntimeError('HandlerNotFound', `${handler} is undefined or not exported`);
    }
    if (typeof found !== 'function') {
        throw new RuntimeError('HandlerNotFound', `${handler} is not a function`);
    }
    return found;
}

module.exports = { load };
