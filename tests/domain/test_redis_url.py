"""Addresses of Redis."""

import pytest

from basicchat.domain.redis_url import RedisAddress, parse_redis_url

GOOD = [
    ("redis://box", RedisAddress(kind="single", hosts=(("box", 6379),))),
    ("valkey://box:7000/3", RedisAddress(kind="single", hosts=(("box", 7000),), db=3)),
    ("redis://[::1]:7000/", RedisAddress(kind="single", hosts=(("::1", 7000),))),
    (
        "redis://me:p%40ss@box",
        RedisAddress(kind="single", hosts=(("box", 6379),), username="me", password="p@ss"),
    ),
    (
        "redis://:a/b@c?d@box/1",
        RedisAddress(kind="single", hosts=(("box", 6379),), password="a/b@c?d", db=1),
    ),
    ("redis://hush@box", RedisAddress(kind="single", hosts=(("box", 6379),), password="hush")),
    (
        "rediss://box?ssl_ca_certs=/ca.pem&ssl_check_hostname=false",
        RedisAddress(
            kind="single",
            hosts=(("box", 6379),),
            tls=True,
            options={"ssl_ca_certs": "/ca.pem", "ssl_check_hostname": "false"},
        ),
    ),
    ("unix:///run/redis.sock?db=2", RedisAddress(kind="single", path="/run/redis.sock", db=2)),
    (
        "unix://me:hush@/run/redis.sock",
        RedisAddress(kind="single", path="/run/redis.sock", username="me", password="hush"),
    ),
    (
        "redis+sentinel://:hush@a:1,b/main/4?sentinel_password=x",
        RedisAddress(
            kind="sentinel",
            hosts=(("a", 1), ("b", 26379)),
            service="main",
            db=4,
            password="hush",
            options={"sentinel_password": "x"},
        ),
    ),
    (
        "rediss+cluster://a,b:7001",
        RedisAddress(kind="cluster", hosts=(("a", 6379), ("b", 7001)), tls=True),
    ),
]


@pytest.mark.parametrize(("url", "address"), GOOD)
def test_addresses_are_parsed(url: str, address: RedisAddress) -> None:
    assert parse_redis_url(url) == address


@pytest.mark.parametrize(
    "url",
    [
        "",
        "box",
        "http://box",
        "redis://",
        "redis://a,b",
        "redis://box:0",
        "redis://box:99999",
        "redis://box/x",
        "redis://box/1/2",
        "redis://b ox",
        "redis://box?ssl_ca_certs=/ca.pem",
        "redis://box?timeout=3",
        "redis://box?ssl",
        "rediss://box?ssl_check_hostname=no",
        "unix://run/redis.sock",
        "unix:///run/redis.sock?db=x",
        "unix:///run/redis.sock?user=x",
        "redis+sentinel://a:1",
        "redis+cluster://a/1",
        "redis+proxy://a",
    ],
)
def test_other_addresses_are_refused(url: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - the settings describe what is allowed
        parse_redis_url(url)


def test_the_place_shows_no_credentials() -> None:
    assert parse_redis_url("redis+cluster://me:hush@a,b").place == "a:6379,b:6379"
    assert parse_redis_url("unix://me:hush@/run/r.sock").place == "/run/r.sock"
