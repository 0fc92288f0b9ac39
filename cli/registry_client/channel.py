"""Channels to the service: what is sent again by itself, and how much one message may hold."""

import json

import grpc

SERVICE_CONFIG = {
    "methodConfig": [
        {
            # Every method. Commands may be sent again because a request id is kept for ever.
            "name": [{}],
            "retryPolicy": {
                "maxAttempts": 4,
                "initialBackoff": "0.1s",
                "maxBackoff": "1s",
                "backoffMultiplier": 2,
                "retryableStatusCodes": ["UNAVAILABLE"],
            },
        }
    ]
}
OPTIONS = [
    ("grpc.service_config", json.dumps(SERVICE_CONFIG)),
    ("grpc.enable_http_proxy", 0),
    ("grpc.max_receive_message_length", 64 * 1024 * 1024),
    ("grpc.keepalive_time_ms", 30_000),  # notices a peer that died without a word
]


def opened(address: str) -> grpc.Channel:
    """Open a channel to an address, "127.0.0.1:50051"; it connects when it is first used."""
    return grpc.insecure_channel(address, options=OPTIONS)
