"""JSON of responses as Lambda's Python runtime writes it (it uses simplejson, we the standard library).

A Decimal becomes a number with its own digits, bytes inside a structure become text, and from
Python 3.12 on text is not escaped to ASCII.
"""

import json
import os

_UNESCAPED = {"AWS_Lambda_python3.%d" % minor for minor in range(12, 40)}


class _Raw(str):
    """Text that is put into the JSON as it is."""


class Encoder(json.JSONEncoder):
    def __init__(self):
        is_ascii = os.environ.get("AWS_EXECUTION_ENV") not in _UNESCAPED
        super().__init__(ensure_ascii=is_ascii)
        self.has_raw = False

    def default(self, value):
        if isinstance(value, (bytes, bytearray)):
            return value.decode("utf-8")
        # Only a handler that imported decimal can return one; importing it here would cost 5 ms.
        if type(value).__name__ == "Decimal" and hasattr(value, "is_nan"):
            if value.is_nan():
                return float("nan")
            self.has_raw = True
            return _Raw(value)
        return super().default(value)


def dumps(value):
    encoder = Encoder()
    text = encoder.encode(value)
    return _encode_with_raw(encoder, value) if encoder.has_raw else text


def _encode_with_raw(encoder, value):
    escape = (
        json.encoder.encode_basestring_ascii
        if encoder.ensure_ascii
        else json.encoder.encode_basestring
    )

    def text_of(text):
        return str(text) if type(text) is _Raw else escape(text)

    make = json.encoder.c_make_encoder
    if make is not None:
        encode = make({}, encoder.default, text_of, None, ": ", ", ", False, False, True)
    else:
        encode = json.encoder._make_iterencode(
            {}, encoder.default, text_of, None, float.__repr__, ": ", ", ", False, False, True
        )
    return "".join(encode(value, 0))
