"""GET /python: the smallest handler in Python."""

import json


def handler(event, context):
    query = event.get("queryStringParameters") or {}
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps({"hello": query.get("name", "from Python")}),
    }
