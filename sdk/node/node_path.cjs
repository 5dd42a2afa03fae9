'use strict';
// Resolution of a bare specifier in the folders of NODE_PATH, for ES modules, when Node's own
// resolution found nothing. `parents`: pretended importers beside each node_modules folder;
// `loose`: folders that hold packages directly.

const { createRequire } = require('module');
const { pathToFileURL } = require('url');

const isBare = (specifier) => !/^(\.{0,2}\/|[a-z]+:)/i.test(specifier);

function isOurs(specifier, error) {
    return isBare(specifier) && error && error.code === 'ERR_MODULE_NOT_FOUND';
}

function inLooseFolders(loose, specifier, error) {
    for (const folder of loose) {
        try {
            const file = createRequire(`${folder}/_.js`).resolve(`${folder}/${specifier}`);
            return { url: pathToFileURL(file).href, shortCircuit: true };
        } catch {
            // the next folder
        }
    }
    throw error;
}

function resolveIn(parents, loose, specifier, context, next) {
    try {
        return next(specifier, context);
    } catch (error) {
        if (!isOurs(specifier, error)) {
            throw error;
        }
        for (const parentURL of parents) {
            try {
                return next(specifier, { ...context, parentURL });
            } catch {
                // the next folder
            }
        }
        return inLooseFolders(loose, specifier, error);
    }
}

// The same for the loader thread of older Nodes, where the next resolver answers with a promise.
async function resolveInLater(parents, loose, specifier, context, next) {
    try {
        return await next(specifier, context);
    } catch (error) {
        if (!isOurs(specifier, error)) {
            throw error;
        }
        for (const parentURL of parents) {
            try {
                return await next(specifier, { ...context, parentURL });
            } catch {
                // the next folder
            }
        }
        return inLooseFolders(loose, specifier, error);
    }
}

module.exports = { resolveIn, resolveInLater };
