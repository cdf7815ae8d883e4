"""The pauses between attempts."""

from basicchat.domain.backoff import Backoff


def test_the_pause_doubles_up_to_the_limit() -> None:
    backoff = Backoff(1.5, 10.0)
    assert backoff.seconds == 0
    assert [backoff.failed() for _ in range(5)] == [1.5, 3.0, 6.0, 10.0, 10.0]
    assert (backoff.seconds, backoff.failures) == (10.0, 5)


def test_a_success_starts_over() -> None:
    backoff = Backoff(1.0, 10.0)
    backoff.failed()
    backoff.failed()
    backoff.succeeded()
    assert (backoff.seconds, backoff.failures) == (0, 0)
    assert backoff.failed() == 1.0


def test_any_number_of_failures_is_bounded() -> None:
    backoff = Backoff(0.5, 60.0)
    backoff.failures = 10**6
    assert backoff.failed() == 60.0
