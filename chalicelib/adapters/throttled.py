"""Throttled: the codes by which AWS and its like ask for fewer requests."""

THROTTLED = frozenset(
    {
        "SlowDown",
        "TooManyRequests",
        "TooManyRequestsException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "Throttling",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "429",
    }
)
