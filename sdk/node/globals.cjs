'use strict';
// globalThis.awslambda, as handlers find it on Lambda. stream.cjs is loaded when it is first needed.

const STREAMING = Symbol.for('aws.lambda.runtime.handler.streaming');
const HIGH_WATER_MARK = Symbol.for('aws.lambda.runtime.handler.streaming.highWaterMark');

const REQUEST_ID = Symbol.for('_AWS_LAMBDA_REQUEST_ID');
const TRACE_ID = Symbol.for('_AWS_LAMBDA_X_RAY_TRACE_ID');
const TENANT_ID = Symbol.for('_AWS_LAMBDA_TENANT_ID');

// What the package @aws/lambda-invoke-store finds on Node 24 and later.
class InvokeStore {
    getContext() {
        return this.currentContext;
    }
    hasContext() {
        return this.currentContext !== undefined;
    }
    get(key) {
        return this.currentContext && this.currentContext[key];
    }
    set(key, value) {
        if (key === REQUEST_ID || key === TRACE_ID || key === TENANT_ID) {
            throw new Error(`Cannot modify protected Lambda context field: ${String(key)}`);
        }
        this.currentContext = this.currentContext || {};
        this.currentContext[key] = value;
    }
    run(context, fn) {
        this.currentContext = context;
        return fn();
    }
    getRequestId() {
        return this.get(REQUEST_ID) || '-';
    }
    getXRayTraceId() {
        return this.get(TRACE_ID);
    }
    getTenantId() {
        return this.get(TENANT_ID);
    }
}

let store = null;

function install(isModern) {
    const off = process.env.AWS_LAMBDA_NODEJS_NO_GLOBAL_AWSLAMBDA;
    if (off === '1' || off === 'true') {
        return;
    }
    globalThis.awslambda = {
        streamifyResponse(handler, options) {
            handler[STREAMING] = 'response';
            if (options && typeof options.highWaterMark === 'number') {
                handler[HIGH_WATER_MARK] = Math.trunc(options.highWaterMark);
            }
            return handler;
        },
        get HttpResponseStream() {
            return require('./stream.cjs').HttpResponseStream;
        },
    };
    if (isModern) {
        store = new InvokeStore();
        globalThis.awslambda.InvokeStore = store;
    }
}

function setInvocation(requestId, traceId, tenantId) {
    if (store) {
        store.currentContext = { [REQUEST_ID]: requestId, [TRACE_ID]: traceId, [TENANT_ID]: tenantId };
    }
}

module.exports = { install, setInvocation, STREAMING, HIGH_WATER_MARK };
