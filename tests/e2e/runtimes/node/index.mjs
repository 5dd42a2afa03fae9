// The test function for aws-lambda-ric.
import { open } from 'node:fs/promises';

let calls = 0;

class OddError extends RangeError {
    name = 'OddError';
}

export const handler = async (event, context) => {
    calls++;
    switch (event.do) {
    case 'fail': throw new OddError('told to');
    case 'hang': return new Promise(() => setInterval(() => {}, 1000));
    case 'big': return 'x'.repeat(event.size - 2);
    case 'length': return JSON.stringify(event).length;
    case 'nothing': return undefined;
    case 'reject-later': Promise.reject(new OddError('nobody waits')); return new Promise(() => {});
    }
    return {
        event, pid: process.pid, calls, id: context.awsRequestId, arn: context.invokedFunctionArn,
        trace: process.env._X_AMZN_TRACE_ID ?? context.xRayTraceId, name: context.functionName,
        version: context.functionVersion, memory: Number(context.memoryLimitInMB),
        remaining: context.getRemainingTimeInMillis(), client_context: context.clientContext,
    };
};

// Returns when the test has written a line to the gate.
const opened = async (gate) => {
    console.log('at the gate');
    const file = await open(gate);
    await file.read(Buffer.alloc(1));
    await file.close();
};

export const stream = awslambda.streamifyResponse(async (event, out) => {
    if (event.do === 'early') throw new OddError('before the first byte');
    if (event.do) {
        out.setContentType('text/plain');
        out.write('first,');
        await opened(event.gate);
        if (event.do === 'break') throw new OddError('midway');
        out.end('second');
        return;
    }
    const url = awslambda.HttpResponseStream.from(out, {
        statusCode: 201, headers: { 'content-type': 'text/plain', 'x-odd': 'yes' }, cookies: ['a=1', 'b=2'],
    });
    url.write('from a ');
    url.end('stream');
});
