"""Who waits to write: first come, first served, also before whoever lets go and comes again."""

from __future__ import annotations

import threading

from service.store.line import Line


def test_who_lets_go_and_comes_again_stands_behind_those_who_wait() -> None:
    line, order = Line(), list[str]()
    began = [threading.Event() for _ in range(3)]

    def write(number: int) -> None:
        began[number].set()
        with line:
            order.append(f"thread {number}")

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    with line:
        assert not line.is_awaited()
        for number, thread in enumerate(threads):
            thread.start()
            began[number].wait(30)
            while line.waiting() <= number:
                began[number].wait(0)
        assert line.is_awaited()
    with line:
        order.append("again")
    for thread in threads:
        thread.join(30)
    assert order == ["thread 0", "thread 1", "thread 2", "again"]
    assert not line.is_awaited()
