#!/usr/bin/env python3
"""Writes number_vectors.txt: what Python's decimal says of the numbers test_number.c works on.

    python3 number_vectors.py > number_vectors.txt

One row each, fields separated by tabs:
    parse TEXT RESULT         RESULT: plain decimal, or !not_numeric !overflow !underflow !too_precise
    add A B RESULT            RESULT as above
    subtract A B RESULT
    order TEXT                ascending, no two equal
"""
import random
import re
from decimal import Decimal, getcontext, MAX_EMAX, MIN_EMIN, MAX_PREC

getcontext().prec = 400
getcontext().Emax = MAX_EMAX
getcontext().Emin = MIN_EMIN
random.seed(20120810)

SYNTAX = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z", re.ASCII)


def plain(value):
    if value == 0:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def significant(value):
    digits = "".join(map(str, value.as_tuple().digits)).strip("0")
    return len(digits)


def check(value):
    if value == 0:
        return "0"
    if value.adjusted() > 125:
        return "!overflow"
    if value.adjusted() < -130:
        return "!underflow"
    if significant(value) > 38:
        return "!too_precise"
    return plain(value)


def parse(text):
    if not SYNTAX.match(text):
        return "!not_numeric"
    mantissa, _, exponent = text.lower().partition("e")
    # Decimal refuses exponents beyond its own limits: the answer is known long before.
    if exponent and abs(int(exponent)) > 10**6:
        if Decimal(mantissa) == 0:
            return "0"
        return "!overflow" if int(exponent) > 0 else "!underflow"
    return check(Decimal(text))


def arithmetic(result):
    answer = check(result)
    return "!overflow" if answer == "!too_precise" else answer


N38 = "9" * 38
EDGES = [
    "0", "-0", "+0", "00", "0.0", ".0", "0.", "0e126", "0e-500", "0.0e126", "-0e99999999999999999999",
    "1", "-1", "+1", "007", "-007", "1.10", "1.0", ".5", "-.5", "5.", "5.e2", ".5e-1", "0.5e1",
    "10", "100", "1000", "1e3", "1E3", "1E+3", "1000.0", "0.001e6", "12", "123", "1234", "12345", "123456",
    "3.14159", "-123.456", "42.12", "0.1", "0.01", "0.001", "0.0001", "1e-20", "1e20", "99", "100.01",
    "999999999999999999", "1000000000000000000", "-999999999999999999", "9223372036854775807",
    "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616",
    "9007199254740993", "1" + "0" * 37, "1" + "0" * 38, "1" + "0" * 125, "1" + "0" * 126, "9" * 126,
    N38, "-" + N38, N38 + "0", N38 + "9", "0." + N38, "0." + N38 + "1", "0.0" + N38, "1" + "0" * 36 + "1",
    "1" + "0" * 37 + "1", "1." + "0" * 36 + "1", "1." + "0" * 37 + "1", "0" * 500 + "1", "1." + "0" * 500,
    "0." + "0" * 129 + "1", "0." + "0" * 130 + "1", "0" * 60 + "." + "0" * 60 + "123" + "0" * 60,
    "1E125", "-1E125", "9.99E125", "9." + "9" * 37 + "E125", "9." + "9" * 38 + "E125", "1E126", "-1E126", "0.1E126",
    "0.99E126", "10E125", "10E124", "1E-130", "-1E-130", "1E-131", "9.9E-131", "10E-131", "0.1E-129", "0.1E-130",
    "1.5E-130", "1." + "0" * 36 + "1E-130", "1E-129", "12E-131", "1e99999999999", "1e-99999999999",
    "-1e99999999999999999999999999", "0.1e-99999999999999999999999", "1e0000000000000000000000001", "1e+0",
    "", " ", "1 ", " 1", "+", "-", ".", "e", "e1", "1e", "1e+", "1e-", "--1", "+-1", "-+1", "1..2", "1.2.3", "0x10",
    "1e1.5", "NaN", "Infinity", "-Infinity", "inf", "1_000", "1,5", "abc", "1a", "1\u00b2", "\u0661", "1e5e5", "-.", "+.e1",
]


def random_number():
    digits = random.choice([1, 2, 3, 5, 10, 19, 20, 37, 38])
    text = str(random.randint(1, 9)) + "".join(random.choice("0123456789") for _ in range(digits - 1))
    kind = random.random()
    if kind < 0.3:
        point = random.randint(0, len(text))
        text = text[:point] + "." + text[point:]
    elif kind < 0.7:
        text += random.choice("eE") + str(random.randint(-140, 125))
    return random.choice(["", "", "-", "+"]) + text


def main():
    for text in EDGES:
        print("parse", text, parse(text), sep="\t")
    for _ in range(150):
        text = random_number()
        print("parse", text, parse(text), sep="\t")

    pairs = [
        ("0", "0"), ("1", "-1"), ("-1", "1"), ("0", "1E125"), ("1E-130", "0"), ("99", "1"), ("999999", "1"), ("0.1", "0.2"),
        (N38, "1"), (N38, "2"), (N38, "-" + N38), ("1E125", "1"), ("1E37", "0.1"), ("1E37", "1"), ("9E125", "1E125"),
        ("9." + "9" * 37 + "E125", "1E88"), ("9." + "9" * 37 + "E125", "1E87"), ("-9E125", "-1E125"), ("1.5E-130", "-1E-130"),
        ("1E-130", "-1E-130"), ("1E-130", "1E-130"), ("1E125", "1E-130"), ("9223372036854775807", "1"),
        ("-9223372036854775808", "-1"), ("9223372036854775807", "9223372036854775807"), ("100", "-0.01"),
        ("-100", "0.01"), ("1E38", "-1"), ("1E39", "-1"), ("0.5", "0.5"), ("5E-100", "5E-100"), ("10", "-9.99"),
    ]
    while len(pairs) < 200:
        a, b = random_number(), random_number()
        if random.random() < 0.5:
            b = str(Decimal(a) * random.randint(-20, 20) + random.randint(-5, 5))
        if not parse(a).startswith("!") and not parse(b).startswith("!"):
            pairs.append((a, b))
    for a, b in pairs:
        print("add", a, b, arithmetic(Decimal(a) + Decimal(b)), sep="\t")
        print("subtract", a, b, arithmetic(Decimal(a) - Decimal(b)), sep="\t")

    values = {}
    for text in EDGES + [random_number() for _ in range(200)]:
        answer = parse(text)
        if not answer.startswith("!"):
            values[Decimal(answer)] = text
            if answer != "0" and "-" + text.lstrip("+-") != text:
                values[-abs(Decimal(answer))] = "-" + text.lstrip("+-")
    for value in sorted(values):
        print("order", values[value], sep="\t")


main()
