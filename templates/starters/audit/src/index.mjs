import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'

const { TABLE: TableName } = process.env
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}))

// A body that does not call itself JSON or text comes in base64.
const read = ({ body, isBase64Encoded }) => JSON.parse(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))

// PUT and DELETE /accounts/{id}: knows nothing of the audit.
export const accounts = async event => {
  const { id } = event.pathParameters
  const command = event.requestContext.http.method === 'DELETE'
    ? new DeleteCommand({ TableName, Key: { id } })
    : new PutCommand({ TableName, Item: { ...read(event), id } })
  await db.send(command)
  return { statusCode: 204 }
}

const changed = (before = {}, after = {}) =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter(name => JSON.stringify(before[name]) !== JSON.stringify(after[name])).sort()

// The table's stream: every change once, in order. The same change written twice is the same line.
export const audit = async event => {
  for (const { eventName, dynamodb } of event.Records) {
    const { id } = unmarshall(dynamodb.Keys)
    const before = dynamodb.OldImage && unmarshall(dynamodb.OldImage)
    const after = dynamodb.NewImage && unmarshall(dynamodb.NewImage)
    const line = { id, sequence: dynamodb.SequenceNumber, what: eventName, changed: changed(before, after), before, after }
    await db.send(new PutCommand({ TableName, Item: JSON.parse(JSON.stringify(line)) }))
    console.log(`${eventName} ${id}: ${line.changed.join(', ')}`)
  }
}

// GET /accounts/{id}/trail
export const trail = async ({ pathParameters: { id } }) => {
  const { Items } = await db.send(new QueryCommand({
    TableName, KeyConditionExpression: 'id = :id', ExpressionAttributeValues: { ':id': id } }))
  return Items.map(({ what, changed, after }) => ({ what, changed, after }))
}
