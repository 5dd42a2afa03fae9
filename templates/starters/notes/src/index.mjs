// Nothing here knows that it runs locally: the SDK finds the store through AWS_ENDPOINT_URL.
import { randomUUID } from 'node:crypto'
import { ConditionalCheckFailedException, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DeleteCommand, DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand }
  from '@aws-sdk/lib-dynamodb'

const db = DynamoDBDocumentClient.from(new DynamoDBClient({}))
const TableName = process.env.TABLE

const answer = (statusCode, body) => ({
  statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body),
})

const routes = {
  async 'GET /notes/{notebook}'({ notebook }) {
    const { Items } = await db.send(new QueryCommand({
      TableName, KeyConditionExpression: 'notebook = :notebook', ExpressionAttributeValues: { ':notebook': notebook },
    }))
    return answer(200, Items)
  },
  async 'POST /notes/{notebook}'({ notebook }, { text }) {
    const Item = { notebook, id: `${new Date().toISOString()}-${randomUUID().slice(0, 8)}`, text, version: 1 }
    await db.send(new PutCommand({ TableName, Item }))
    return answer(201, Item)
  },
  async 'GET /notes/{notebook}/{id}'(Key) {
    const { Item } = await db.send(new GetCommand({ TableName, Key }))
    return Item ? answer(200, Item) : answer(404, { message: 'no such note' })
  },
  async 'PUT /notes/{notebook}/{id}'(Key, { text }) {
    const { Attributes } = await db.send(new UpdateCommand({
      TableName, Key, ReturnValues: 'ALL_NEW', ConditionExpression: 'attribute_exists(id)',
      UpdateExpression: 'SET #text = :text ADD version :one', ExpressionAttributeNames: { '#text': 'text' },
      ExpressionAttributeValues: { ':text': text, ':one': 1 },
    }))
    return answer(200, Attributes)
  },
  async 'DELETE /notes/{notebook}/{id}'(Key) {
    await db.send(new DeleteCommand({ TableName, Key }))
    return { statusCode: 204 }
  },
}

// A body that does not call itself JSON or text comes in base64.
const read = ({ body, isBase64Encoded }) => body ? JSON.parse(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8')) : {}

export const handler = async event => {
  try {
    return await routes[event.routeKey](event.pathParameters, read(event))
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return answer(404, { message: 'no such note' })
    if (error instanceof SyntaxError) return answer(400, { message: 'the body must be JSON' })
    throw error
  }
}
