// GET /node: the smallest handler in JavaScript.
export const handler = async (event) => ({
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ hello: event.queryStringParameters?.name ?? 'from Node.js' }),
});
