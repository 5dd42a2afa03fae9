"""The JavaScript SDK v3 with its own handler: Kinesis over HTTP/2 with prior knowledge, at an http:// endpoint."""
import json
import subprocess

from conftest import DEADLINE_S, clean_env, needs

pytestmark = needs("node")

CLIENT = """
const k = require('@aws-sdk/client-kinesis');
const client = new k.KinesisClient({ endpoint: process.argv[2], region: 'us-east-1', maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' } });
const send = (name, input) => client.send(new k[name + 'Command'](input));
const text = (record) => Buffer.from(record.Data).toString();
(async () => {
    const out = { handler: client.config.requestHandler.constructor.name };
    await send('CreateStream', { StreamName: 's', ShardCount: 1 });
    await k.waitUntilStreamExists({ client, maxWaitTime: 20 }, { StreamName: 's' });
    const arn = (await send('DescribeStreamSummary', { StreamName: 's' })).StreamDescriptionSummary.StreamARN;
    const put = (from, count) => send('PutRecords', { StreamName: 's', Records: Array.from({ length: count },
        (_, i) => ({ Data: Buffer.from(`record ${from + i}`), PartitionKey: `key ${i}` })) });
    const answers = await Promise.all([put(0, 250), put(250, 250)]);
    out.failed = answers.map((answer) => answer.FailedRecordCount);
    const large = Buffer.alloc(1000000, 'x');
    await Promise.all(Array.from({ length: 5 }, () => send('PutRecord', { StreamName: 's', Data: large, PartitionKey: 'large' })));

    let at = (await send('GetShardIterator', { StreamName: 's', ShardId: 'shardId-000000000000', ShardIteratorType: 'TRIM_HORIZON' })).ShardIterator;
    let records = [];
    for (let page; (page = await send('GetRecords', { ShardIterator: at, Limit: 200 })).Records.length; at = page.NextShardIterator) {
        records = records.concat(page.Records);
    }
    out.read = records.length;
    out.distinct = new Set(records.slice(0, 500).map(text)).size;
    out.large = records.filter((record) => record.Data.length === large.length).length;
    out.arrival = records[0].ApproximateArrivalTimestamp instanceof Date;

    const { Consumer } = await send('RegisterStreamConsumer', { StreamARN: arn, ConsumerName: 'c' });
    const { EventStream } = await send('SubscribeToShard', { ConsumerARN: Consumer.ConsumerARN, ShardId: 'shardId-000000000000',
        StartingPosition: { Type: 'LATEST' } });
    out.pushed = [];
    let next = 0;
    for await (const event of EventStream) {
        out.pushed = out.pushed.concat(event.SubscribeToShardEvent.Records.map(text));
        if (out.pushed.length === 3) {
            break;
        }
        if (out.pushed.length === next) {
            await send('PutRecord', { StreamName: 's', Data: Buffer.from(`pushed ${next++}`), PartitionKey: 'p' });
        }
    }
    try {
        await send('DescribeStream', { StreamName: 'none' });
    } catch (error) {
        out.error = [error.name, error.message];
    }
    console.log(JSON.stringify(out));
    process.exit(0); // the subscription would last for minutes
})().catch((error) => { console.error(error); process.exit(1); });
"""


def test_the_default_handler_of_the_sdk_puts_gets_and_subscribes(app_factory, tmp_path):
    app = app_factory({"template.yaml": "Resources: {Other: {Type: AWS::Kinesis::Stream}}", "client.js": CLIENT})
    done = subprocess.run(["node", "client.js", app.edge], cwd=tmp_path, env=clean_env(), capture_output=True, text=True,
                          timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "handler": "NodeHttp2Handler", "failed": [0, 0], "read": 505, "distinct": 500, "large": 5, "arrival": True,
        "pushed": ["pushed 0", "pushed 1", "pushed 2"],
        "error": ["ResourceNotFoundException", "Stream none under account 000000000000 not found."]}
