"""The driver: it has effects handled, blocking or not, and never stops the loop."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import Future
from typing import Any

import pytest
import trio
import trio.testing

from arware.core.effects import NeedKeys, Steps
from arware.runtime.driver import arun, run, wait
from arware.runtime.handlers import Handler
from tests.patience import happens

NEED = NeedKeys("kid", 1.0)


class Answers(Handler[Any, Any]):
    """Who handles effects: at once, later or never."""

    def __init__(self, delay: float | None = 0, seconds: float = 60) -> None:
        super().__init__()
        self.delay = delay
        self.seconds = seconds
        self.needs: list[Any] = []
        self.futures: list[Future[Any]] = []

    def ask(self, effect: Any) -> Any:
        """Answer at once."""
        self.needs.append(effect)
        return f"answer {len(self.needs)}"

    def begin(self, effect: Any) -> Future[Any]:
        """Answer after the delay, or never."""
        future: Future[Any] = Future()
        self.futures.append(future)
        answer = self.ask(effect)
        if self.delay == 0:
            future.set_result(answer)
        elif self.delay is not None:
            threading.Timer(self.delay, future.set_result, (answer,)).start()
        return future

    def timeout(self, effect: Any) -> Any:
        """Say what stands for an answer that takes too long."""
        return "nothing"


class Refusing(Answers):
    """Who cannot answer."""

    def ask(self, effect: Any) -> Any:
        """Fail."""
        raise RuntimeError("no answer")

    def begin(self, effect: Any) -> Future[Any]:
        """Fail later."""
        future: Future[Any] = Future()
        future.set_exception(RuntimeError("no answer"))
        return future


def handled(by: Answers) -> dict[type, Handler[Any, Any]]:
    """Return the handlers of a driver."""
    return {NeedKeys: by}


def steps(needs: int) -> Steps[list[Any]]:
    """Effect so many times, and return the answers."""
    answers: list[Any] = []
    while len(answers) < needs:
        answers.append((yield NEED))
    return answers


def careful() -> Steps[str]:
    """Decide for itself what a failed answer means."""
    try:
        yield NEED
    except RuntimeError as error:
        return f"nobody, since {error}"
    return "somebody"


@pytest.mark.parametrize("needs", [0, 1, 3])
def test_every_need_is_answered_in_turn(needs: int) -> None:
    """Both drivers come to the same."""
    expected = [f"answer {n + 1}" for n in range(needs)]

    assert run(steps(needs), handled(Answers())) == expected
    assert asyncio.run(arun(steps(needs), handled(Answers()))) == expected
    assert asyncio.run(arun(steps(needs), handled(Answers(0.01)))) == expected


def test_a_flow_without_needs_never_awaits() -> None:
    """It runs to its end in one step, so it costs neither thread nor await."""
    answers = Answers()
    taking = arun(steps(0), handled(answers))

    with pytest.raises(StopIteration) as done:
        taking.send(None)
    assert done.value.value == []
    assert answers.needs == []


def test_an_answer_at_hand_is_not_awaited() -> None:
    """The loop is not even looked for."""
    taking = arun(steps(2), handled(Answers()))

    with pytest.raises(StopIteration) as done:
        taking.send(None)
    assert done.value.value == ["answer 1", "answer 2"]


def test_what_cannot_be_answered_is_thrown_into_the_flow() -> None:
    """It decides about it; what it does not catch is raised."""
    assert run(careful(), handled(Refusing())) == "nobody, since no answer"
    assert (
        asyncio.run(arun(careful(), handled(Refusing()))) == "nobody, since no answer"
    )
    with pytest.raises(RuntimeError, match="no answer"):
        run(steps(1), handled(Refusing()))
    with pytest.raises(RuntimeError, match="no answer"):
        asyncio.run(arun(steps(1), handled(Refusing())))


def test_nobody_waits_longer_than_the_need_allows() -> None:
    """Then the answer is what the need provides for."""
    answers = Answers(None, 0.01)

    assert asyncio.run(arun(steps(1), handled(answers))) == ["nothing"]
    assert wait(Future(), answers, NEED) == "nothing"
    answers.futures[0].set_result("too late")


class Impatient(Answers):
    """Who provides for a late answer with an error."""

    def timeout(self, effect: Any) -> Any:
        """Say that nothing is known then."""
        raise RuntimeError("too late")


def test_what_is_provided_for_may_be_an_error() -> None:
    """It is thrown into the steps, as if it had been the answer."""
    answers = Impatient(None, 0.01)

    assert asyncio.run(arun(careful(), handled(answers))) == "nobody, since too late"
    with pytest.raises(RuntimeError, match="too late"):
        wait(Future(), answers, NEED)


def test_the_loop_goes_on_while_an_answer_is_awaited() -> None:
    """Other requests are served meanwhile."""

    async def main() -> tuple[bool, Any]:
        answers = Answers(None)
        asking = asyncio.create_task(arun(steps(1), handled(answers)))
        for _ in range(100):
            await asyncio.sleep(0)
        waiting = not asking.done()
        [future] = answers.futures
        future.set_result("answer 1")
        return waiting, await asking

    assert asyncio.run(main()) == (True, ["answer 1"])


def test_t25_a_cancelled_caller_does_not_cancel_the_others_answer() -> None:
    """The future is shared; it may even outlive the loop."""
    answers = Answers(None)

    async def main() -> None:
        task = asyncio.create_task(arun(steps(1), handled(answers)))
        await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(main())
    [future] = answers.futures

    assert not future.cancelled()
    future.set_result("for somebody else")
    assert future.result() == "for somebody else"


def test_trio_goes_on_while_an_answer_is_awaited() -> None:
    """Its loop is as little stopped as asyncio's."""

    async def main() -> tuple[bool, Any]:
        answers, outcome = Answers(None), []

        async def ask() -> None:
            outcome.append(await arun(steps(1), handled(answers)))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(ask)
            await trio.testing.wait_all_tasks_blocked()
            waiting = not outcome
            [future] = answers.futures
            threading.Thread(target=future.set_result, args=("answer 1",)).start()
        return waiting, outcome

    assert trio.run(main) == (True, [["answer 1"]])


def test_t25_a_trio_task_that_gives_up_cancels_nobody_s_answer() -> None:
    """Nor does one whose time is over; the answer may come after trio's end."""
    answers = Answers(None, 0.01)

    async def main() -> Any:
        with trio.move_on_after(0):
            await arun(steps(1), handled(answers))
        return await arun(steps(1), handled(answers))

    assert trio.run(main) == ["nothing"]
    for future in answers.futures:
        future.set_result("for somebody else")
    assert [future.result() for future in answers.futures] == ["for somebody else"] * 2


def test_asyncio_may_be_the_host_of_trio() -> None:
    """A task of each waits in its own way, though both loops run in one thread."""
    waiting = {name: Answers(None) for name in ("asyncio", "trio")}
    outcome: dict[str, Any] = {}

    async def ask(name: str) -> None:
        outcome[name] = await arun(steps(1), handled(waiting[name]))

    async def main() -> None:
        loop, over = asyncio.get_running_loop(), asyncio.Event()
        trio.lowlevel.start_guest_run(
            ask,
            "trio",
            run_sync_soon_threadsafe=loop.call_soon_threadsafe,
            done_callback=lambda _: over.set(),
        )
        task = asyncio.create_task(ask("asyncio"))
        await happens(lambda: all(answers.futures for answers in waiting.values()))
        for answers in waiting.values():
            answers.futures[0].set_result("answer 1")
        await task
        await over.wait()

    asyncio.run(asyncio.wait_for(main(), 60))

    assert outcome == {"asyncio": ["answer 1"], "trio": ["answer 1"]}


def test_without_a_known_loop_the_answer_is_waited_for_in_place() -> None:
    """As under another library's loop."""
    taking = arun(steps(1), handled(Answers(0.01)))
    began = time.monotonic()

    with pytest.raises(StopIteration) as done:
        taking.send(None)
    assert done.value.value == ["answer 1"]
    assert time.monotonic() - began >= 0.01
