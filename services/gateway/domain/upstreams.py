"""Which instance of a service to ask next: round robin, those that just failed last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class Upstreams:
    """The instances of every service, and which of them did not answer a moment ago."""

    def __init__(self, urls: Mapping[str, Sequence[str]], *, rest_s: float = 2.0) -> None:
        """``rest_s``: how long an instance that failed is asked only after the others."""
        self._urls = {service: tuple(instances) for service, instances in urls.items()}
        self._rest_s = rest_s
        self._turn: dict[str, int] = dict.fromkeys(self._urls, 0)
        self._failed_at: dict[str, float] = {}

    def instances(self, service: str) -> tuple[str, ...]:
        """The base URLs of a service, as configured; empty when there are none."""
        return self._urls.get(service, ())

    def order(self, service: str, now_s: float) -> list[str]:
        """The base URLs to try, in this order; the next call starts with the next instance."""
        urls = self._urls.get(service, ())
        if not urls:
            return []
        turn = self._turn[service]
        self._turn[service] = (turn + 1) % len(urls)
        rotated = [*urls[turn:], *urls[:turn]]
        return sorted(rotated, key=lambda url: self._resting(url, now_s))

    def failed(self, url: str, now_s: float) -> None:
        """Notes that an instance could not be reached."""
        self._failed_at[url] = now_s

    def answered(self, url: str) -> None:
        """Notes that an instance is back."""
        self._failed_at.pop(url, None)

    def _resting(self, url: str, now_s: float) -> bool:
        failed_at = self._failed_at.get(url)
        return failed_at is not None and now_s - failed_at < self._rest_s
