"""A server that speaks S3 over HTTP, and checks the signature of every request.

moto's server runs in threads of the test's process; what it stores outlives a stop.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto import settings
from moto.server import ThreadedMotoServer

ANYTHING = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*"}}
ANYTHING["Statement"]["Resource"] = "*"  # type: ignore[index]
REGION = "eu-central-1"
BUCKET = "originals"


class S3Server:
    """A running server with a bucket and a user.

    Attributes:
        environment: the keys and the region of the user, as programs find them.
    """

    def __init__(self) -> None:
        self._server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
        self._server.start()
        self._port = self._server.get_host_and_port()[1]
        key = self._add_user()
        self.environment = {
            "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"],
            "AWS_REGION": REGION,
        }
        self.client = self._boto("s3", key["AccessKeyId"], key["SecretAccessKey"])
        place = {"LocationConstraint": REGION}
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        settings.INITIAL_NO_AUTH_ACTION_COUNT = 0

    @property
    def url(self) -> str:
        """The server's URL."""
        return f"http://127.0.0.1:{self._port}"

    def _boto(self, service: str, key: str, secret: str) -> "boto3.client":
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
        )

    def _add_user(self) -> dict[str, str]:
        iam = self._boto("iam", "admin", "admin")
        iam.create_user(UserName="basicchat")
        iam.put_user_policy(
            UserName="basicchat", PolicyName="all", PolicyDocument=json.dumps(ANYTHING)
        )
        key: dict[str, str] = iam.create_access_key(UserName="basicchat")["AccessKey"]
        return key

    def names(self) -> list[str]:
        """The objects in the bucket."""
        listed = self.client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
        return [each["Key"] for each in listed]

    def empty(self) -> None:
        """Delete all objects."""
        for name in self.names():
            self.client.delete_object(Bucket=BUCKET, Key=name)

    def stop(self) -> None:
        """Stop listening; connections are refused."""
        self._server.stop()

    def start(self) -> None:
        """Listen again."""
        self._server = ThreadedMotoServer("127.0.0.1", self._port, verbose=False)
        self._server.start()


@contextmanager
def s3_server() -> Iterator[S3Server]:
    """A server until the block ends."""
    server = S3Server()
    try:
        yield server
    finally:
        server.stop()
