import json
import time

# Whatever stands out here runs once, when a sandbox starts (a cold start).
started = time.monotonic()


def handler(event, context):
    """Runs once an event. What it returns is the HTTP response."""
    query = event.get("queryStringParameters") or {}
    name = query.get("name", "world")
    print("greeting", name)
    return {
        "statusCode": 200,
        "headers": {"content-type": "application/json"},
        "body": json.dumps(
            {
                "hello": name,
                "requestId": context.aws_request_id,
                "sandboxAgeMs": int((time.monotonic() - started) * 1000),
            }
        ),
    }
