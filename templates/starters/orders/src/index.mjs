// Nothing here knows that it runs locally: the SDK finds every service through AWS_ENDPOINT_URL.
import { randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DynamoDBDocumentClient, PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb'

const { QUEUE: QueueUrl, TABLE: TableName, BUCKET: Bucket } = process.env
const db = DynamoDBDocumentClient.from(new DynamoDBClient({}))
const bus = new EventBridgeClient({})
const queue = new SQSClient({})
const bucket = new S3Client({ forcePathStyle: true })

// A body that does not call itself JSON or text comes in base64.
const read = ({ body, isBase64Encoded }) => JSON.parse(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'))

// POST /orders: the customer waits for nothing but the queue.
export const accept = async event => {
  const order = { id: randomUUID().slice(0, 8), ...read(event) }
  await queue.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(order) }))
  return { statusCode: 202, body: JSON.stringify({ id: order.id }) }
}

// The queue, ten at a time. What fails comes again, and after three times lies in the other queue.
export const ship = async event => {
  const batchItemFailures = []
  for (const { messageId, body } of event.Records) {
    try {
      const order = JSON.parse(body)
      if (!order.item) throw new Error(`order ${order.id} is for nothing`)
      await db.send(new PutCommand({ TableName, Item: { ...order, shipped: new Date().toISOString() } }))
      await bus.send(new PutEventsCommand({ Entries: [
        { Source: 'orders', DetailType: 'shipped', Detail: JSON.stringify(order) }] }))
    } catch (error) {
      console.error(error.message)
      batchItemFailures.push({ itemIdentifier: messageId })
    }
  }
  return { batchItemFailures }
}

// The bus: a rule picks what was shipped.
export const receipt = async ({ detail }) => {
  await bucket.send(new PutObjectCommand({ Bucket, Key: `${detail.id}.txt`, Body: `1 ${detail.item}\n` }))
}

// The bucket: a receipt was written.
export const announce = async event => {
  for (const { s3 } of event.Records) console.log(`receipt ${s3.object.key}, ${s3.object.size} bytes`)
}

// The clock: at two in the morning, wherever the shop is.
export const report = async () => {
  const { Count } = await db.send(new ScanCommand({ TableName, Select: 'COUNT' }))
  console.log(`${Count} orders shipped so far`)
}
