'use strict';
// The Lambda runtime client for nodejs* functions: index.cjs, run by `node` with Lambda's environment.
//
// SLS_SPARE=1: boot without a function, ask the platform for one and become it; see spare().

const { RuntimeApi } = require('./api.cjs');
const { Runtime } = require('./invoke.cjs');
const globals = require('./globals.cjs');
const log = require('./log.cjs');
const { load } = require('./loader.cjs');
const { RuntimeError, NODE_EXIT_TEXT } = require('./errors.cjs');

function isModernRuntime() {
    const match = /nodejs(\d+)/.exec(process.env.AWS_EXECUTION_ENV || '');
    return match !== null && Number(match[1]) >= 24;
}

async function coldStart(api, taskRoot) {
    const isModern = isModernRuntime();
    const runtime = new Runtime(api, isModern);
    log.install(isModern);
    globals.install(isModern);
    const what = isModern ? 'Init Error' : 'Uncaught Exception';
    const exitCode = isModern ? 1 : 129;
    api.release();
    runtime.onIdle = () =>
        runtime.failInit(what, new RuntimeError('NodeJsExit', NODE_EXIT_TEXT), 13);
    try {
        const handler = await load(taskRoot, process.env._HANDLER || '', isModern);
        runtime.onIdle = null;
        runtime.start(handler);
    } catch (error) {
        runtime.onIdle = null;
        runtime.handler = null;
        runtime.failInit(what, error, exitCode);
    }
}

function become(api, given) {
    for (const name of Object.keys(process.env)) {
        delete process.env[name];
    }
    Object.assign(process.env, given.env);
    process.chdir(given.cwd);
    require('module')._initPaths(); // reads NODE_PATH again
    const address = process.env.AWS_LAMBDA_RUNTIME_API;
    coldStart(address && address !== api.address ? new RuntimeApi(address) : api, given.task_root);
}

// Does once, before there is a function, what its cold start would otherwise pay for.
async function warmUp() {
    require('util').format('%s', 'warm');
    require('url');
    require('path');
    await import('data:text/javascript,').catch(() => {});
}

async function spare(api) {
    await warmUp();
    api.onLost = () => process.exit(0);
    api.hold();
    api.get('/sls/spare/next', (head, body) => {
        if (head.status !== 200) {
            process.exit(0); // the platform is going
        }
        become(api, JSON.parse(body.toString('utf8')));
    });
}

const address = process.env.AWS_LAMBDA_RUNTIME_API;
if (!address) {
    process.stderr.write('AWS_LAMBDA_RUNTIME_API is not set: this is started by sls-local\n');
    process.exit(1);
} else if (process.env.SLS_SPARE === '1') {
    spare(new RuntimeApi(address));
} else {
    coldStart(new RuntimeApi(address), process.env.LAMBDA_TASK_ROOT || process.cwd());
}
