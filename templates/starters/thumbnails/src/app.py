import io
import os
import urllib.parse

import boto3
from PIL import Image

SIZE = 128
s3 = boto3.client("s3")


def handler(event, context):
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])  # as it stands in a URL
        photo = Image.open(s3.get_object(Bucket=bucket, Key=key)["Body"])
        width, height = photo.size
        photo.thumbnail((SIZE, SIZE))
        png = io.BytesIO()
        photo.save(png, "PNG")
        s3.put_object(Bucket=os.environ["THUMBNAILS"], Key=key, Body=png.getvalue(), ContentType="image/png")
        print(f"{key}: {width}x{height} became {photo.width}x{photo.height}")
