"""One drill, briefly. `make drills` runs all of them at length."""

import drill_redis
import pytest
from drill_cluster import find_nginx

from support.redis_server import require_redis

pytestmark = pytest.mark.slow


@pytest.mark.skipif(find_nginx() is None, reason="needs nginx")
async def test_redis_comes_back_empty_and_nobody_notices() -> None:
    require_redis()
    report = await drill_redis.run(1.0, "sqlite", people=2)
    print(report.row())
    assert report.load.success >= 0.999
    assert report.load.complaints == []
    assert sum(map(len, report.load.acknowledged.values())) > 10
