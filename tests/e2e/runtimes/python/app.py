"""The test function for awslambdaric."""
import json
import os
import time

calls = 0


class OddError(ValueError):
    pass


def handler(event, context):
    global calls
    calls += 1
    asked = event.get("do")
    if asked == "fail":
        raise OddError("told to")
    if asked == "hang":
        time.sleep(3600)
    if asked == "big":
        return "x" * (event["size"] - 2)
    if asked == "length":
        return len(json.dumps(event))
    if asked == "bytes":
        return b"\x00\xff"
    if asked == "unserializable":
        return object()
    client = context.client_context
    return {
        "event": event, "pid": os.getpid(), "calls": calls, "id": context.aws_request_id,
        "arn": context.invoked_function_arn, "trace": os.environ["_X_AMZN_TRACE_ID"], "name": context.function_name,
        "version": context.function_version, "memory": int(context.memory_limit_in_mb),
        "remaining": context.get_remaining_time_in_millis(),
        "client_context": {"custom": client.custom} if client else None,
    }
