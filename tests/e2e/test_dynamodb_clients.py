"""The clients people use, unmodified: aws-cli, the JavaScript SDK v3 with lib-dynamodb, Dynamoose, boto3's resources."""
import decimal
import json
import subprocess

import aws_cli
import boto3.dynamodb.conditions as conditions

from conftest import DEADLINE_S, E2E_DIR, clean_env, needs


def aws(store, *words):
    return aws_cli.aws(store.url, "dynamodb", *words)


def node(store, script):
    """Runs the script; what it prints is JSON."""
    done = subprocess.run(["node", "-e", script], env=clean_env(
        NODE_PATH=E2E_DIR / "node_modules", AWS_REGION="us-east-1", AWS_ENDPOINT_URL=store.url), capture_output=True,
        text=True, timeout=DEADLINE_S)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_aws_cli_and_its_waiters(ddb_store):
    made = aws(ddb_store, "create-table", "--table-name", "music", "--billing-mode", "PAY_PER_REQUEST",
               "--attribute-definitions", "AttributeName=artist,AttributeType=S", "AttributeName=song,AttributeType=S",
               "--key-schema", "AttributeName=artist,KeyType=HASH", "AttributeName=song,KeyType=RANGE")
    assert made["TableDescription"]["TableArn"] == "arn:aws:dynamodb:us-east-1:000000000000:table/music"
    aws(ddb_store, "wait", "table-exists", "--table-name", "music")
    for song in "abc":
        aws(ddb_store, "put-item", "--table-name", "music", "--item",
            json.dumps({"artist": {"S": "X"}, "song": {"S": song}, "plays": {"N": "007.50"}}))
    assert aws(ddb_store, "get-item", "--table-name", "music", "--key", '{"artist":{"S":"X"},"song":{"S":"b"}}')[
        "Item"]["plays"] == {"N": "7.5"}
    # The tool pages by itself: two requests of one item each.
    found = aws(ddb_store, "query", "--table-name", "music", "--key-condition-expression", "artist = :a",
                "--expression-attribute-values", '{":a":{"S":"X"}}', "--page-size", "1")
    assert [item["song"]["S"] for item in found["Items"]] == ["a", "b", "c"]
    aws(ddb_store, "delete-table", "--table-name", "music")
    aws(ddb_store, "wait", "table-not-exists", "--table-name", "music")


def test_aws_cli_shorthand_and_the_waiters_of_copies(ddb_store):
    aws(ddb_store, "create-table", "--table-name", "short", "--billing-mode", "PAY_PER_REQUEST",
        "--attribute-definitions", "AttributeName=pk,AttributeType=S", "--key-schema", "AttributeName=pk,KeyType=HASH")
    aws(ddb_store, "put-item", "--table-name", "short", "--item",
        "pk={S=x},n={N=5},l={L=[{S=a},{N=1}]},m={M={k={BOOL=true}}},ss={SS=[p,q]}")
    assert aws(ddb_store, "update-item", "--table-name", "short", "--key", "pk={S=x}", "--attribute-updates",
               "n={Value={N=3},Action=ADD}", "--return-values", "UPDATED_NEW")["Attributes"] == {"n": {"N": "8"}}
    item = {"pk": {"S": "x"}, "n": {"N": "8"}, "l": {"L": [{"S": "a"}, {"N": "1"}]}, "m": {"M": {"k": {"BOOL": True}}},
            "ss": {"SS": ["p", "q"]}}
    assert aws(ddb_store, "transact-get-items", "--transact-items", "Get={Key={pk={S=x}},TableName=short}",
               "Get={Key={pk={S=none}},TableName=short}")["Responses"] == [{"Item": item}, {}]
    told = aws(ddb_store, "batch-execute-statement", "--statements",
               "Statement=SELECT n FROM short WHERE pk=?,Parameters=[{S=x}]",
               "Statement=SELECT n FROM absent WHERE pk=?,Parameters=[{S=x}]")["Responses"]
    assert told[0] == {"TableName": "short", "Item": {"n": {"N": "8"}}}
    assert told[1]["Error"]["Code"] == "ResourceNotFound"
    kept = aws(ddb_store, "update-continuous-backups", "--table-name", "short",
               "--point-in-time-recovery-specification", "PointInTimeRecoveryEnabled=true,RecoveryPeriodInDays=7")
    assert kept["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]["RecoveryPeriodInDays"] == 7
    made = aws(ddb_store, "restore-table-to-point-in-time", "--source-table-name", "short", "--target-table-name", "then",
               "--use-latest-restorable-time")["TableDescription"]
    assert made["RestoreSummary"]["SourceTableArn"].endswith("table/short")
    aws(ddb_store, "wait", "table-exists", "--table-name", "then")
    assert aws(ddb_store, "scan", "--table-name", "then", "--no-paginate")["Items"] == [item]
    export = aws(ddb_store, "export-table-to-point-in-time", "--s3-bucket", "lake", "--table-arn",
                 made["RestoreSummary"]["SourceTableArn"])["ExportDescription"]["ExportArn"]
    aws(ddb_store, "wait", "export-completed", "--export-arn", export)
    assert aws(ddb_store, "describe-export", "--export-arn", export)["ExportDescription"]["ItemCount"] == 1


def test_a_schema_load_script_sees_every_field_of_a_real_table(ddb_store):
    resource = ddb_store.resource()
    table = resource.create_table(
        TableName="schema", KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}, {"AttributeName": "sk", "AttributeType": "S"},
                              {"AttributeName": "gsi", "AttributeType": "N"}],
        GlobalSecondaryIndexes=[{"IndexName": "by-gsi", "KeySchema": [{"AttributeName": "gsi", "KeyType": "HASH"}],
                                 "Projection": {"ProjectionType": "ALL"},
                                 "ProvisionedThroughput": {"ReadCapacityUnits": 1, "WriteCapacityUnits": 2}}],
        ProvisionedThroughput={"ReadCapacityUnits": 5, "WriteCapacityUnits": 5})
    assert table.table_status == "CREATING"
    table.wait_until_exists()
    told = ddb_store.client().describe_table(TableName="schema")["Table"]
    assert set(told) >= {"AttributeDefinitions", "TableName", "KeySchema", "TableStatus", "CreationDateTime",
                         "ProvisionedThroughput", "TableSizeBytes", "ItemCount", "TableArn", "TableId",
                         "GlobalSecondaryIndexes", "DeletionProtectionEnabled", "WarmThroughput"}
    assert told["TableStatus"] == "ACTIVE"
    assert told["ProvisionedThroughput"] == {"NumberOfDecreasesToday": 0, "ReadCapacityUnits": 5, "WriteCapacityUnits": 5}
    assert set(told["GlobalSecondaryIndexes"][0]) >= {
        "IndexName", "KeySchema", "Projection", "IndexStatus", "ProvisionedThroughput", "IndexSizeBytes", "ItemCount",
        "IndexArn"}
    with table.batch_writer() as batch:
        for i in range(60):
            batch.put_item(Item={"pk": "a" if i % 2 else "b", "sk": f"{i:03}", "gsi": decimal.Decimal(i % 3), "n": i})
    assert table.item_count == 0  # what the resource loaded before
    table.reload()
    assert table.item_count == 60
    found = table.query(KeyConditionExpression=conditions.Key("pk").eq("a") & conditions.Key("sk").between("010", "020"))
    assert [item["sk"] for item in found["Items"]] == ["011", "013", "015", "017", "019"]
    found = table.query(IndexName="by-gsi", KeyConditionExpression=conditions.Key("gsi").eq(1),
                        FilterExpression=conditions.Attr("n").lt(10))
    assert sorted(item["n"] for item in found["Items"]) == [1, 4, 7]
    assert found["ScannedCount"] == 20


@needs("node")
def test_the_javascript_sdk(ddb_store):
    told = node(ddb_store, r"""
const { DynamoDBClient, CreateTableCommand, waitUntilTableExists, PutItemCommand, TransactionCanceledException } =
  require('@aws-sdk/client-dynamodb')
const { DynamoDBDocumentClient, PutCommand, GetCommand, UpdateCommand, QueryCommand, BatchWriteCommand, TransactWriteCommand,
  ScanCommand, paginateScan } = require('@aws-sdk/lib-dynamodb')
const client = new DynamoDBClient({}), db = DynamoDBDocumentClient.from(client), TableName = 'js-table'
;(async () => {
  const told = {}
  await client.send(new CreateTableCommand({ TableName, BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }, { AttributeName: 'sk', AttributeType: 'N' }],
    KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }, { AttributeName: 'sk', KeyType: 'RANGE' }] }))
  const start = Date.now()
  await waitUntilTableExists({ client, maxWaitTime: 30 }, { TableName })
  told.waited = Date.now() - start < 5000
  const item = { pk: 'a', sk: 1, list: [1, 'two', { three: 3 }], set: new Set(['x', 'y']), none: null, yes: true,
    bytes: new Uint8Array([1, 2, 3]), empty: '', nested: { deep: { er: [] } } }
  await db.send(new PutCommand({ TableName, Item: item }))
  const { Item } = await db.send(new GetCommand({ TableName, Key: { pk: 'a', sk: 1 } }))
  require('node:assert').deepStrictEqual({ ...Item, bytes: new Uint8Array(Item.bytes) }, item)
  const { Attributes } = await db.send(new UpdateCommand({ TableName, Key: { pk: 'a', sk: 1 }, ReturnValues: 'UPDATED_NEW',
    UpdateExpression: 'SET #l[1] = :two, nested.deep.n = if_not_exists(nested.deep.n, :zero) + :one REMOVE #l[0]',
    ExpressionAttributeNames: { '#l': 'list' }, ExpressionAttributeValues: { ':two': 2, ':zero': 0, ':one': 1 } }))
  told.updated = Attributes
  try {
    await db.send(new PutCommand({ TableName, Item: { pk: 'a', sk: 1 }, ConditionExpression: 'attribute_not_exists(pk)',
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD' }))
  } catch (error) { told.refused = [error.name, error.message, error.Item.yes] }
  await db.send(new BatchWriteCommand({ RequestItems: { [TableName]: [...Array(25).keys()].map(i => (
    { PutRequest: { Item: { pk: 'batch', sk: i, text: 'x'.repeat(1000) } } })) } }))
  const page = await db.send(new QueryCommand({ TableName, KeyConditionExpression: 'pk = :pk', Limit: 10,
    ScanIndexForward: false, ExpressionAttributeValues: { ':pk': 'batch' } }))
  told.page = [page.Items.map(each => each.sk), page.LastEvaluatedKey]
  try {
    await db.send(new TransactWriteCommand({ TransactItems: [
      { Put: { TableName, Item: { pk: 't', sk: 1 } } },
      { ConditionCheck: { TableName, Key: { pk: 'none', sk: 1 }, ConditionExpression: 'attribute_exists(pk)' } }] }))
  } catch (error) {
    told.cancelled = [error instanceof TransactionCanceledException, error.message, error.CancellationReasons.map(r => r.Code)]
  }
  let count = 0
  for await (const each of paginateScan({ client: db, pageSize: 7 }, { TableName })) count += each.Count
  told.count = count
  console.log(JSON.stringify(told))
})()""")
    assert told == {
        "waited": True, "updated": {"list": [2, {"three": 3}], "nested": {"deep": {"n": 1}}},
        "refused": ["ConditionalCheckFailedException", "The conditional request failed", {"BOOL": True}],
        "page": [[24, 23, 22, 21, 20, 19, 18, 17, 16, 15], {"pk": "batch", "sk": 15}],
        "cancelled": [True, "Transaction cancelled, please refer cancellation reasons for specific reasons "
                            "[None, ConditionalCheckFailed]", ["None", "ConditionalCheckFailed"]],
        "count": 26}


@needs("node")
def test_dynamoose(ddb_store):
    told = node(ddb_store, r"""
const dynamoose = require('dynamoose')
dynamoose.aws.ddb.local(process.env.AWS_ENDPOINT_URL)
const schema = new dynamoose.Schema({
  id: { type: String, hashKey: true }, created: { type: Number, rangeKey: true },
  owner: { type: String, index: { name: 'by-owner', type: 'global' } }, tags: { type: Set, schema: [String] },
  address: { type: Object, schema: { street: String } },
}, { saveUnknown: ['extra', 'extra.**'], timestamps: true })
const Cat = dynamoose.model('Cat', schema, { waitForActive: { enabled: true, check: { timeout: 20000, frequency: 10 } } })
new dynamoose.Table('cats', [Cat], { create: true, update: true, throughput: 'ON_DEMAND' })
;(async () => {
  const told = {}
  const cat = await Cat.create({ id: 'a', created: 1, owner: 'ann', tags: new Set(['soft', 'grey']), address: { street: 'x' },
    extra: { any: 'thing' } })
  const kept = await Cat.get({ id: 'a', created: 1 })
  told.stamped = kept.createdAt instanceof Date && kept.updatedAt instanceof Date
  told.extra = cat.extra.any
  await Cat.batchPut([{ id: 'b', created: 1, owner: 'ann' }, { id: 'c', created: 2, owner: 'bob' }])
  told.query = (await Cat.query('owner').eq('ann').using('by-owner').exec()).map(each => each.id).sort()
  told.scan = (await Cat.scan('created').gt(1).exec()).map(each => each.id)
  told.count = (await Cat.scan().count().exec()).count
  const updated = await Cat.update({ id: 'a', created: 1 }, { $SET: { owner: 'eve' }, $REMOVE: ['address'] })
  told.updated = [updated.owner, updated.address === undefined, updated.tags.size]
  await dynamoose.transaction([Cat.transaction.create({ id: 'd', created: 3, owner: 'dan' }),
    Cat.transaction.delete({ id: 'c', created: 2 })])
  told.after = (await Cat.scan().exec()).map(each => each.id).sort()
  try { await dynamoose.transaction([Cat.transaction.create({ id: 'd', created: 3 })]) } catch (error) { told.twice = error.name }
  try { await Cat.create({ id: 'a', created: 1 }) } catch (error) { told.again = error.name }
  console.log(JSON.stringify(told))
})().catch(error => { console.error(error); process.exit(1) })""")
    assert told == {
        "stamped": True, "extra": "thing", "query": ["a", "b"], "scan": ["c"], "count": 3, "updated": ["eve", True, 2],
        "after": ["a", "b", "d"], "twice": "TransactionCanceledException", "again": "ConditionalCheckFailedException"}
