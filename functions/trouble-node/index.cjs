'use strict';
// What can go wrong in a function, on request: {"trouble": "timeout"}. See ../README.md for what the caller
// gets in each case. trouble-python does the same in Python.

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

class OutOfStock extends Error {
    constructor(item) {
        super(`no ${item} left`);
        this.name = 'OutOfStock';
    }
}

const troubles = {
    none: () => ({ ok: true }),
    timeout: () => pause(3_600_000),
    throw: () => {
        throw new OutOfStock('tea');
    },
    exit: (event) => process.exit(event.code ?? 1),
    kill: () => process.kill(process.pid, 'SIGKILL'),
    uncaught: async () => {
        setTimeout(() => {
            throw new Error('nobody catches this');
        }, 1);
        await pause(3_600_000);
    },
    rejection: async () => {
        Promise.reject(new Error('nobody awaits this'));
        await pause(3_600_000);
    },
    never: () => new Promise(() => {}),
    big: (event) => 'x'.repeat(event.bytes ?? 7 * 1024 * 1024),
    chatty: (event) => {
        for (let line = 1; line <= (event.lines ?? 1000); line++) {
            console.log(`line ${line}`);
        }
        return { lines: event.lines ?? 1000 };
    },
    loop: () => {
        for (;;) {
            // burns its CPU until the deadline
        }
    },
};

if (process.env.TROUBLE_INIT === 'throw') {
    throw new Error('broken at init');
}
if (process.env.TROUBLE_INIT === 'exit') {
    process.exit(3);
}

let invocations = 0;

exports.handler = async (event, context) => {
    const trouble = troubles[event.trouble ?? 'none'];
    if (!trouble) {
        throw new RangeError(`no such trouble: ${event.trouble}; there is ${Object.keys(troubles).join(', ')}`);
    }
    invocations += 1;
    console.log(`trouble=${event.trouble ?? 'none'} pid=${process.pid} invocations=${invocations} ` +
        `remaining_ms=${context.getRemainingTimeInMillis()}`);
    return trouble(event);
};
