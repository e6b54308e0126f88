"""Whatever comes in on a connection: an answer that clients can read, or its end; others are served meanwhile."""

from __future__ import annotations

import asyncio
import gzip
import json
import select
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from service.web.connection import LARGEST_HEAD, MOST_CHUNKS
from service.web.front import MOST_FIELDS, Front
from service.web.server import WebServer, listen
from tests.conftest import NewUrl
from tests.server import Server
from tests.web.test_front import PATIENCE, Client, answered, read, request

LARGEST = MEGABYTE = 1_000_000
HEAD = b"POST /v2/jobs/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
HONEST = request("/v2/jobs/search", b"{}")


@pytest.fixture(scope="module")
def client(new_url: NewUrl) -> Iterator[Client]:
    yield from served(new_url, THREADS="4")


@pytest.fixture(scope="module")
def hasty(new_url: NewUrl) -> Iterator[Client]:
    """Of a server that has little patience."""
    yield from served(new_url, PATIENCE_SECONDS="2")


def served(new_url: NewUrl, **settings: str) -> Iterator[Client]:
    with Server(new_url("sqlite"), MAX_REQUEST_BYTES=str(LARGEST), **settings) as server:
        client = Client(server)
        yield client
        client.http.close()
        assert "Traceback" not in server.log()
        assert "error" not in server.log()


@pytest.fixture
def closing() -> Iterator[list[socket.socket]]:
    opened: list[socket.socket] = []
    yield opened
    for one in opened:
        one.close()


def get(target: bytes, *headers: bytes) -> bytes:
    return b"\r\n".join([b"GET " + target + b" HTTP/1.1", b"Host: localhost", *headers, b"", b""])


def ask(client: Client, sent: bytes, closing: list[socket.socket]) -> tuple[int, Any]:
    """The answer to what is sent, whether all of it could be sent or not."""
    connection = client.connection()
    closing.append(connection)
    connection.sendall(sent)
    return read(connection)


def is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


# What is no HTTP --------------------------------------------------------------------------------------------------

NO_HTTP = {
    "words": (b"Good day!\r\n\r\n", 400),
    "TLS": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 100, 400),
    "a request of 1991": (b"GET /\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "a header with NUL": (get(b"/", b"A: b\x00c"), 400),
    "a name with a blank": (get(b"/", b"A : b"), 400),
    "a length in words": (HEAD + b"Content-Length: two\r\n\r\n{}", 400),
    "a negative length": (HEAD + b"Content-Length: -2\r\n\r\n{}", 400),
    "an endless length": (HEAD + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n{}", 400),
    "two lengths": (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "two ways to tell the length": (CHUNKED[:-2] + b"Content-Length: 2\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400),
    "chunks before there were any": (CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"2\r\n{}\r\n0\r\n\r\n", 400),
    "packed on the way": (HEAD + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 501),
    "a chunk without a length": (CHUNKED + b"two\r\n{}\r\n0\r\n\r\n", 400),
    "a chunk longer than told": (CHUNKED + b"2\r\n{}{}\r\n0\r\n\r\n", 400),
    "an endless path": (b"GET /v2/" + b"a" * LARGEST_HEAD, 431),
    "an endless header": (get(b"/", b"A: " + b"a" * LARGEST_HEAD)[:-4], 431),
    "many headers": (get(b"/", *[b"A: b"] * MOST_FIELDS), 431),
    "an endless line before a chunk": (CHUNKED + b"2;" + b"a" * LARGEST_HEAD, 431),
    "endless lines behind the last chunk": (CHUNKED + b"0\r\n" + b"A: b\r\n" * (LARGEST_HEAD // 6 + 1), 431),
    "crumbs": (CHUNKED + b"1\r\n \r\n" * (MOST_CHUNKS + 1), 413),
}


@pytest.mark.parametrize(("sent", "status"), NO_HTTP.values(), ids=NO_HTTP.keys())
def test_what_is_no_http_is_a_problem_and_the_end_of_the_connection(
    client: Client, closing: list[socket.socket], sent: bytes, status: int
) -> None:
    told = ask(client, sent, closing)[1]
    assert {"type", "title", "status", "detail", "instance"} <= set(told)
    assert (told["status"], bool(told["detail"])) == (status, True)
    assert is_closed(closing[0])
    assert ask(client, HONEST, closing)[0] == 200


def test_what_fits_the_limits_is_read(client: Client, closing: list[socket.socket]) -> None:
    assert ask(client, get(b"/v2/topology", *[b"A: b"] * (MOST_FIELDS - 1)), closing)[0] == 200
    assert ask(client, CHUNKED + b"1\r\n{\r\n" + b"1\r\n \r\n" * 9_000 + b"1\r\n}\r\n0\r\n\r\n", closing)[0] == 200


def test_garbage_behind_a_request_does_not_keep_its_answer_back(client: Client, closing: list[socket.socket]) -> None:
    assert ask(client, HONEST + b"\x00garbage\r\n\r\n" * 100, closing)[0] == 200
    assert read(closing[0])[0] == 400
    assert is_closed(closing[0])


def test_garbage_behind_a_request_that_waits_is_not_taken_in(client: Client, closing: list[socket.socket]) -> None:
    closing.append(client.waiting("never"))
    closing[0].setblocking(False)
    sent, before = 0, memory(client)
    while sent < 100_000_000 and select.select([], closing, [], 0.2)[1]:
        sent += closing[0].send(b"garbage\r\n" * 10_000)
    assert sent < 100_000_000
    assert memory(client) - before < 20
    assert ask(client, HONEST, closing)[0] == 200


# What is HTTP, and hostile ----------------------------------------------------------------------------------------

NAMES = b'Content-Disposition: form-data; name="resources"; filename="%b"\r\n'
PART = b"--b\r\n" + NAMES % b"a.bpmn" + b"\r\n\r\n"


def form(body: bytes) -> bytes:
    return request("/v2/deployments", body).replace(b"application/json", b"multipart/form-data; boundary=b")


BOMBS = {
    "deep lists": (request("/v2/jobs/search", b"[" * 900_000), 400),
    "deep objects": (request("/v2/jobs/search", b'{"a":' * 150_000), 400),
    "a deep matter": (request("/hotline/v1/matters", b'{"a":' * 150_000), 400),
    "a deep variable": (request("/v2/process-instances", b'{"variables":{"a":' + b"[" * 90 + b"]" * 90 + b"}}"), 400),
    "a deep value in a filter": (
        request(
            "/v2/user-tasks/search",
            b'{"filter":{"processInstanceVariables":[{"name":"a","value":"' + b"[" * 900_000 + b'"}]}}',
        ),
        400,
    ),
    "an endless number": (request("/v2/jobs/search", b'{"page":{"limit":' + b"9" * 900_000 + b"}}"), 400),
    "an endless exponent": (request("/v2/jobs/search", b'{"page":{"limit":1e' + b"9" * 900_000 + b"}}"), 400),
    "many parts": (form(PART * 10_000 + b"--b--\r\n"), 413),
    "many small fields": (form(b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 10_000), 413),
    "an endless file name": (form(b"--b\r\n" + NAMES % (b"a" * 900_000) + b"\r\nx\r\n--b--\r\n"), 400),
    "a file name without an end": (form(b"--b\r\n" + NAMES[:-3] % (b"a" * 900_000)), 400),
    "a file name in pieces": (
        form(b"--b\r\n" + NAMES[:-2] % b"a" + b"; filename*0=a" * 60_000 + b"\r\n\r\nx\r\n--b--\r\n"),
        400,
    ),
    "endless headers of a part": (form(b"--b\r\n" + b"A: b\r\n" * 150_000 + b"\r\nx\r\n--b--\r\n"), 400),
    "almost ends of a part": (form(PART + b"\r\n-" * 300_000), 400),
    "many names in a form": (
        request("/oauth/token", b"a&" * 450_000).replace(b"application/json", b"application/x-www-form-urlencoded"),
        413,
    ),
    "a packed body": (request("/v2/jobs/search", gzip.compress(b" " * 100_000_000), "Content-Encoding: gzip"), 415),
    "a packed matter": (request("/hotline/v1/matters", gzip.compress(b"{}"), "Content-Encoding: GZIP"), 415),
    "more than is read": (request("/v2/jobs/search", b" " * (LARGEST + 1)), 413),
    "more than is read, in chunks": (CHUNKED + (b"c350\r\n" + b" " * 50_000 + b"\r\n") * 20 + b"1\r\n \r\n", 413),
    "an odd host": (get(b"/v2/topology").replace(b"localhost", b'a b<>"'), 401),
    "half a host": (get(b"/v2/topology").replace(b"localhost", b"[::1"), 401),
    "a token that is no text": (get(b"/v2/topology", b"Authorization: Bearer \xff\xfe"), 401),
    "a token that could be signed": (get(b"/v2/topology", b"Authorization: Bearer a.a." + b"b" * 60_000), 401),
    "many ranges": (get(b"/hotline/v1/docs/page.html", b"Range: bytes=" + b"0-1," * 9_000), 416),
    "an endless method": (get(b"/").replace(b"GET", b"G" * 60_000), 405),
    "an endless query": (get(b"/hotline/v1/matters?" + b"a=b&" * 15_000), 400),
    "another server": (get(b"http://example.org/v2/topology"), 404),
    "no path": (get(b"*").replace(b"GET", b"OPTIONS"), 404),
}


def memory(client: Client) -> int:
    """What the server takes of it, in megabytes."""
    told = Path(f"/proc/{client.server.process.pid}/status").read_text()
    return int(told.partition("VmRSS:")[2].split()[0]) * 1024 // MEGABYTE


@pytest.mark.parametrize(("sent", "status"), BOMBS.values(), ids=BOMBS.keys())
def test_what_is_hostile_is_a_problem(client: Client, closing: list[socket.socket], sent: bytes, status: int) -> None:
    found, told = ask(client, sent, closing)
    assert (found, told["status"], bool(told["detail"])) == (status, status, True)
    assert ask(client, HONEST, closing)[0] == 200


def test_what_is_hostile_leaves_nothing_in_memory(client: Client, closing: list[socket.socket]) -> None:
    def send(bomb: tuple[bytes, int]) -> int:
        return ask(client, bomb[0], closing)[0]

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(send, BOMBS.values())) == [status for _, status in BOMBS.values()]
        before = memory(client)
        for _ in range(3):
            list(pool.map(send, BOMBS.values()))
    assert memory(client) - before < sum(len(sent) for sent, _ in BOMBS.values()) * 3 // MEGABYTE


@pytest.mark.parametrize(
    "target",
    [
        b"/hotline/v1/docs/../../../config.py",
        b"/hotline/v1/docs/..%2f..%2f..%2fconfig.py",
        b"/hotline/v1/docs/%2e%2e/wire.py",
        b"/hotline/v1/docs/..%5cwire.py",
        b"/hotline/v1/docs//etc/passwd",
        b"/hotline/v1/docs/page.html%00.js",
        b"/v2/docs/..%2f__init__.py",
        b"/static/..%2f..%2fstart.py",
        b"/static/%2e%2e%2f%2e%2e%2f/etc/passwd",
        b"/../../../etc/passwd",
        b"//etc/passwd",
        b"/v2/user-tasks/%00",
        b"/v2/process-definitions/%00/xml",
        b"/hotline/v1/matters/a%00b",
        b"/hotline/v1/matters/%ff%fe",
        b"/hotline/v1/matters/%ed%a0%80",
        b"/v2%0d%0aSet-Cookie:a=b",
    ],
)
def test_a_path_leads_to_nothing_but_what_is_served(
    client: Client, closing: list[socket.socket], target: bytes
) -> None:
    status, told = ask(client, get(target), closing)
    assert (status, told["status"]) == (404, 404)


# Clients that take their time -------------------------------------------------------------------------------------


def test_who_dribbles_is_cut_off_and_others_are_served(hasty: Client, closing: list[socket.socket]) -> None:
    begun = [b"", b"GET /v2/topology HT", HEAD + b"Content-Length: 100\r\n\r\n{", CHUNKED + b"1\r\n{\r\n"]
    closing += [hasty.connection(one) for one in begun]
    closing.append(hasty.connection(HONEST))
    assert read(closing[-1])[0] == 200
    ended: list[socket.socket] = []
    while len(ended) < len(begun):  # each time that nothing has ended for a moment one sign more
        ended = answered(closing[:-1], 0.1)
        for one in set(closing[:-1]) - set(ended):
            with suppress(ConnectionError):  # it has ended just now
                one.send(b"1\r\n \r\n" if one is closing[3] else b"a")
        assert hasty.take("other") == []


def test_who_begins_and_does_not_go_on_is_told_so_if_it_is_heard(hasty: Client, closing: list[socket.socket]) -> None:
    begun = [b"", b"GET /v2/topology HT", HEAD + b"Content-Length: 100\r\n\r\n{", CHUNKED + b"ffffffff\r\n{"]
    closing += [hasty.connection(one) for one in begun]
    assert [read(one)[0] for one in closing] == [0, 0, 408, 408]
    assert [is_closed(one) for one in closing] == [True] * 4


def test_who_reads_no_answer_is_cut_off(hasty: Client, closing: list[socket.socket]) -> None:
    closing.append(socket.socket())
    closing[0].setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    closing[0].connect(("127.0.0.1", hasty.server.port))
    closing[0].sendall(get(b"/hotline/v1/openapi.json") * 200)
    poll = select.poll()
    poll.register(closing[0].fileno(), 0)  # told of the end alone
    assert poll.poll(PATIENCE * 1_000)
    assert ask(hasty, HONEST, closing)[0] == 200


def test_there_are_never_more_connections_than_files_may_be_open() -> None:
    app = Flask("small")
    app.add_url_rule("/", view_func=lambda: {"served": True})
    front = Front(app, threads=1, most_bytes=1_000)
    (listening,) = listen("127.0.0.1", 0)

    async def opened() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*listening.getsockname())

    async def ask(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        writer.write(get(b"/"))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), PATIENCE)
        length = int(head.lower().partition(b"content-length:")[2].split()[0])
        return json.loads(await reader.readexactly(length))

    async def go() -> None:
        serving = WebServer(front, most_open=2)
        until_stopped = asyncio.create_task(serving.serve([listening]))
        first, second = await opened(), await opened()
        assert [await ask(*one) for one in (first, second)] == [{"served": True}] * 2
        third = await opened()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await ask(*third)
        first[1].close()
        await first[1].wait_closed()
        assert await ask(*second) == {"served": True}  # by now it is known that the first has gone
        assert await ask(*await opened()) == {"served": True}
        serving.should_exit = True
        await until_stopped

    asyncio.run(go())
    front.close()
