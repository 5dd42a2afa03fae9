import os
import urllib.request


def handler(event, context):
    """A job that raises is tried again, then told to the queue of the failed."""
    with urllib.request.urlopen(os.environ["SITE"], timeout=10) as answer:
        print(f"{os.environ['SITE']} is up: {answer.status}, {len(answer.read())} bytes")
