// Whatever stands out here runs once, when a sandbox starts (a cold start).
const started = Date.now();

// This runs once an event. What it returns is the HTTP response.
export const handler = async (event, context) => {
  const name = event.queryStringParameters?.name ?? 'world';
  console.log('greeting', name);
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      hello: name,
      requestId: context.awsRequestId,
      sandboxAgeMs: Date.now() - started,
    }),
  };
};
