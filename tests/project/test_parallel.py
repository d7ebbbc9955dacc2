"""Two processes read what one reads, each file once."""

from __future__ import annotations

import json
import os

import pytest

from artifactpack.project import parallel
from artifactpack.project.sharing import Child, Queue

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
FILES = [(f"{n:064x}", f"import torch\ntorch.manual_seed({n})\n".encode() * (n + 1)) for n in range(9)]


def read(monkeypatch, worth):
    monkeypatch.setattr(parallel, "WORTH_A_PROCESS", worth)
    return parallel.parse_all(FILES)


def test_two_read_what_one_reads(monkeypatch):
    alone = read(monkeypatch, 1 << 60)
    assert read(monkeypatch, 0) == alone
    assert {json.loads(content)["i"][0][0] for content in alone.values()} == {"torch"}


def test_what_a_dead_child_took_is_read_here(monkeypatch):
    alone, here = read(monkeypatch, 1 << 60), os.getpid()

    def burst(data, real=parallel.record_within):
        return real(data) if os.getpid() == here else os._exit(9)

    monkeypatch.setattr(parallel, "record_within", burst)
    assert read(monkeypatch, 0) == alone


def test_a_queue_gives_each_item_to_one_process():
    queue = Queue([f"item {n}" for n in range(300)])
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, "\n".join(queue).encode())
        os._exit(0)
    os.close(writer)
    ours = list(queue)
    with os.fdopen(reader, "rb") as pipe:
        theirs = pipe.read().decode().split("\n")
    os.waitpid(child, 0)
    queue.close()
    assert sorted([*ours, *filter(None, theirs)]) == sorted(queue.items)
    assert ours == sorted(ours, key=queue.items.index)


def test_a_child_may_send_much_before_it_is_heard_and_die_before_its_end():
    def work(send):
        send(b"a" * (1 << 20))
        send(b"")
        send(b"end")
        os._exit(9)

    child = Child(work)
    assert [child.receive() for _ in range(5)] == [b"a" * (1 << 20), b"", b"end", None, None]


def test_a_child_keeps_in_a_file_where_there_is_no_memory_for_it(monkeypatch):
    monkeypatch.delattr(os, "memfd_create", raising=False)
    child = Child(lambda send: [send(bytes([n])) for n in range(3)])
    assert [child.receive() for _ in range(4)] == [b"\0", b"\1", b"\2", None]
