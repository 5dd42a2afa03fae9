"""Hostile clients: garbage, lies, slow ones and crowds, on every socket that listens. Each gets an answer or a closed
connection, costs bounded memory, and never the next client's answer."""
import json
import os
import random
import resource
import socket
import time

import apps
import hardness
from conftest import needs, pytest
from hardness import PROMPT_S, Caller, descriptors, dial, eventually, exchange, files, memory_mb, post, status_of, timed_post

pytestmark = needs("node")


def sockets(app):
    """Every kind of listener: an API's, the edge's, and the Runtime API of a sandbox."""
    status, body = post(app.api(), {"do": "api"})
    assert status == 200
    return {"api": app.api(), "edge": app.edge, "runtime": "http://" + json.loads(body)["api"]}


def garbage():
    chance = random.Random(20)
    yield b""
    yield b"\n" * 100000
    yield b"\0" * 70000
    yield b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + chance.randbytes(500)  # a TLS hello
    yield b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    yield b"GET"
    yield b"GET / HTTP/1.1\r\nHost"
    yield b"GET / HTTP/9.9\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nHost: localhost\r\n: no name\r\n\r\n"
    yield b"GET / HTTP/1.1\r\nHost: localhost\r\nX: a\r\n\tfolded\r\n\r\n"
    yield b"GET /\xff\xfe\x00 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"
    yield b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx"
    yield b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999999999999999\r\n\r\nx"
    yield b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\nx"
    yield b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n" + chance.randbytes(4000)
    for _ in range(150):
        yield chance.randbytes(chance.choice((1, 10, 100, 1000, 20000)))
    good = b"POST /2018-06-01/runtime/invocation/next HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nbody"
    for _ in range(150):  # nearly right
        bad = bytearray(good)
        for _ in range(chance.randrange(1, 4)):
            bad[chance.randrange(len(bad))] = chance.randrange(256)
        yield bytes(bad[:chance.randrange(1, len(bad) + 1)])


def test_garbage_on_every_socket_harms_nobody(app_factory):
    app = app_factory(files())
    listeners = sockets(app)
    app.invoke("f")
    before = memory_mb(app.pid)
    for name, url in listeners.items():
        for i, request in enumerate(garbage()):
            answer = exchange(url, request)
            is_http2 = name == "edge" and request.startswith(b"PRI *") and answer[3:4] == b"\4"  # SETTINGS
            assert answer == b"" or status_of(answer) is not None or is_http2, f"{name} {i}: {answer[:100]}"
        assert post(app.api(), {"do": "echo", "text": "fine"}) == (200, b"fine"), name
        assert app.invoke("f", {"do": "echo", "text": "fine"})[0] == "fine", name
    assert memory_mb(app.pid) < before + 16
    assert "Sanitizer" not in app.stderr


def test_heads_and_bodies_beyond_the_limit_are_refused(app_factory):
    app = app_factory(files())
    listeners = sockets(app)
    before = memory_mb(app.pid)
    for name, url, head_len in (("api", listeners["api"], 11_000), ("edge", listeners["edge"], 70_000),
                                ("runtime", listeners["runtime"], 3 << 20)):
        one = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * head_len + b"\r\n\r\n"
        lines = b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"".join(b"X%d: y\r\n" % i for i in range(5000)) + b"\r\n"
        for request in (one, lines):
            assert status_of(exchange(url, request)) == 431, name
        assert status_of(exchange(url, b"GET /" + b"x" * head_len + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")) in (414, 431)
    too_long = 10 * 1024 * 1024 + 1
    told = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % too_long
    assert status_of(exchange(app.api(), told + b"x" * too_long)) == 413
    chunks = (b"10000\r\n" + b"x" * 0x10000 + b"\r\n") * 170 + b"0\r\n\r\n"  # 10.6 MiB, unannounced
    endless = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks
    assert status_of(exchange(app.api(), endless)) == 413
    # Lambda's own limit: 6 MiB of event, told by the Lambda API
    invoke = b"POST /2015-03-31/functions/f/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n"
    assert status_of(exchange(app.edge, invoke % 6291457 + b" " * 6291457)) == 413
    assert post(app.api(), {"do": "echo", "text": "fine"}) == (200, b"fine")
    assert memory_mb(app.pid) < before + 48  # a 10 MiB body is held once while it is read, and its event once


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: localhost\r\n\r\n"


def test_nothing_is_smuggled_past_the_length_of_a_request(app_factory):
    app = app_factory(files())
    rows = [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 44\r\n\r\n",
        b"Content-Length: 0, 44\r\n\r\n",
        b"Content-Length: +0\r\n\r\n",
        b"Content-Length : 0\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0 ;\n\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: y\n\n",
        b"X: y\rTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ]
    for i, row in enumerate(rows):
        answer = exchange(app.api(), b"POST /first HTTP/1.1\r\nHost: localhost\r\n" + row + SMUGGLED)
        assert answer.count(b"HTTP/1.1 ") == 1, f"case {i}: {answer}"
        assert status_of(answer) in (400, 501), f"case {i}: {answer}"
    assert app.get("/next").status_code == 200
    assert not [line for line in app.lines if line.get("path") == "/smuggled"]


def test_a_content_length_that_lies_costs_only_its_own_request(app_factory):
    app = app_factory(files())
    head = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    body = b'{"do":"echo","text":"fine"}'
    # more than came: the client has closed, nobody reads the answer, and no function ran with half a body
    assert status_of(exchange(app.api(), head % (len(body) + 10) + body)) in (None, 400)
    # less than came: the rest is the next request, and is refused as one
    answer = exchange(app.api(), head % len(body) + body + b"and more\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert status_of(answer[answer.index(b"HTTP/1.1", 1):]) in (400, 501, 505)
    assert post(app.api(), {"do": "echo", "text": "fine"}) == (200, b"fine")


def test_the_edge_refuses_foreign_pages(app_factory):
    app = app_factory(files())
    port = app.edge.rsplit(":", 1)[1].encode()
    rows = [
        (b"Host: localhost:" + port, 200),
        (b"Host: 127.0.0.1:" + port + b"\r\nOrigin: http://localhost:5173", 200),
        (b"Host: evil.example", 403),
        (b"Host: localhost.evil.example", 403),
        (b"Host: 127.0.0.1.evil.example:" + port, 403),
        (b"Host: localhost\r\nOrigin: https://evil.example", 403),
        (b"Host: localhost\r\nOrigin: null", 403),
        (b"Host: localhost\r\nOrigin: http://localhost.evil.example", 403),
        (b"Host: localhost\r\nOrigin: http://localhost@evil.example", 403),
        (b"Host: localhost\r\nSec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors", 403),
    ]
    for headers, status in rows:
        answer = exchange(app.edge, b"GET /2015-03-31/functions HTTP/1.1\r\n" + headers + b"\r\n\r\n")
        assert status_of(answer) == status, headers


def test_paths_that_climb_are_only_text(app_factory):
    app = app_factory(files())
    for path in (b"/../../etc/passwd", b"/%2e%2e/%2e%2e/etc/passwd", b"//etc/passwd", b"/..;/x", b"/a/./b/../c",
                 b"/%00", b"/%", b"/%zz", b"/" + b"a/" * 2000, b"*", b"http://evil.example/x", b"/\\..\\x"):
        answer = exchange(app.api(), b"GET " + path + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"root:" not in answer
        assert status_of(answer) in (200, 400, 404), path
    for name in ("../../etc/passwd", "%2e%2e%2f%2e%2e", "x" * 5000):
        answer = exchange(app.edge, b"POST /2015-03-31/functions/" + name.encode() +
                          b"/invocations HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{}")
        assert status_of(answer) in (400, 403, 404), name


def test_held_heads_and_a_thousand_idle_connections_cost_little_and_delay_nobody(app_factory):
    """Growth stays below 16 MB: 16 KB for each of 1,000 connections, which is four times what one takes."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 2500:
        pytest.skip(f"the hard limit of descriptors is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (2500, hard))
    held = []
    try:
        app = app_factory(files())
        post(app.api(), {})
        app.invoke("f")
        before_fds, before_mb = descriptors(app.pid), memory_mb(app.pid)
        for i in range(1000):
            sock = dial(app.api() if i % 2 else app.edge)
            if i % 4 >= 2:  # a head that never ends
                sock.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
            held.append(sock)
        eventually(app, lambda: descriptors(app.pid) >= before_fds + 1000)
        for byte in range(5):  # another byte of each now and then does not keep the clock from running
            for sock in held[2::4]:
                sock.sendall(b"x")
            status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
            assert status == 200 and took < PROMPT_S
        assert memory_mb(app.pid) < before_mb + 16
        # The head's deadline (10 s) answers 408 and closes; idle ones stay.
        start = time.monotonic()
        assert status_of(hardness.read_to_end(held[2])) == 408
        assert time.monotonic() - start < 15
        for sock in held:
            sock.close()
        eventually(app, lambda: descriptors(app.pid) <= before_fds + 40)  # sandboxes may have come
        assert memory_mb(app.pid) < before_mb + 16
    finally:
        for sock in held:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_ten_thousand_half_heads_take_32_mb_and_keep_nobody_out(app_factory):
    """Measured: 17 MB. A new connection has the one that is silent longest closed."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard < 11000:
        pytest.skip(f"the hard limit of descriptors is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    held = []
    try:
        app = app_factory(files())
        post(app.api(), {})
        before_mb = memory_mb(app.pid)
        for i in range(10000):
            held.append(dial(app.api()))
            if i % 2:
                held[-1].sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Slow: ")
        for _ in range(20):
            status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
            assert status == 200 and took < PROMPT_S
        assert memory_mb(app.pid) < before_mb + 32
    finally:
        for sock in held:
            sock.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_up_raises_its_own_limit_of_descriptors(app_factory, tmp_path):
    """A shell's usual 1,024 would end at 1,000 connections, whatever the hard limit allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        app = app_factory(files())
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert resource.prlimit(app.pid, resource.RLIMIT_NOFILE) == (hard, hard)


def test_a_client_that_does_not_read_costs_one_response_and_delays_nobody(app_factory):
    """20 clients ask for 6 MB each and read nothing. Growth: 20 x 6 MB and as much again for copies in flight."""
    app = app_factory(files(timeout=20))
    size = 5_900_000
    post(app.api(), {"do": "big", "size": size})
    before = memory_mb(app.pid)
    body = json.dumps({"do": "big", "size": size}).encode()
    request = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    held = []
    try:
        for _ in range(20):
            sock = socket.socket()
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.settimeout(30)
            sock.connect(hardness.address(app.api()))
            sock.sendall(request)
            held.append(sock)
            sock.recv(1)  # it has begun
        for _ in range(5):
            status, took = timed_post(app.api(), {"do": "echo", "text": "prompt"})
            assert status == 200 and took < PROMPT_S
        assert memory_mb(app.pid) < before + 20 * 12
        slow = held[0]  # reads slowly, and gets all of it
        seen = 1
        while seen < size:
            piece = slow.recv(16384)
            assert piece
            seen += len(piece)
    finally:
        for sock in held:
            sock.close()
    eventually(app, lambda: memory_mb(app.pid) < before + 32)


def test_a_stream_that_nobody_reads_holds_its_function_back(app_factory):
    """100 MB are written by the function; what is in flight is bounded by buffers, not by the stream."""
    app = app_factory(apps.node("""
exports.handler = awslambda.streamifyResponse(async (event, stream) => {
    const block = Buffer.alloc(1 << 20, 's');
    for (let i = 0; i < 100; i++) if (!stream.write(block)) await new Promise((go) => stream.once('drain', go));
    stream.end();
});
""", timeout=20, properties="FunctionName: f\nMemorySize: 512"))
    before = memory_mb(app.pid)
    request = (b"POST /2021-11-15/functions/f/response-streaming-invocations HTTP/1.1\r\nHost: localhost\r\n"
               b"Content-Length: 2\r\n\r\n{}")
    with dial(app.edge) as sock:
        sock.sendall(request)
        assert sock.recv(1000).startswith(b"HTTP/1.1 200 ")
        for _ in range(50):
            assert exchange(app.edge, b"GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\n\r\n")[9:12] == b"200"
        assert memory_mb(app.pid) < before + 16
        seen = 0
        while seen < 100 << 20:
            piece = sock.recv(1 << 20)
            assert piece, seen
            seen += len(piece)
    assert memory_mb(app.pid) < before + 16


def test_pipelined_requests_whose_answers_nobody_reads_are_held_back(app_factory):
    app = app_factory(files())
    post(app.api(), {})
    before = memory_mb(app.pid)
    one = b"GET /2015-03-31/functions HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 500 + b"\r\n\r\n"
    with dial(app.edge) as sock:
        sock.setblocking(False)
        many, sent, refusals = memoryview(one * 1000), 0, 0
        while sent < 64 << 20 and refusals < 20:
            try:
                sent += sock.send(many[sent % len(many):])
            except BlockingIOError:  # it no longer reads: give it a few turns to be sure
                refusals += 1
                assert post(app.api(), {"do": "echo", "text": "fine"}) == (200, b"fine")
        assert refusals == 20, "it took all of 64 MB without having answered any"
        assert memory_mb(app.pid) < before + 8
