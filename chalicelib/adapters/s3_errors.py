"""S3 errors: what the SDK raises, translated once into the service's two kinds."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.throttled import THROTTLED
from chalicelib.domain.errors import Archived, Gone, Invalid, NoSpace, Overtaken, StoreDown, Throttled, Unavailable

# HEAD answers carry no body, so that botocore reports the bare status.
ABSENT = frozenset({"404", "NoSuchKey", "NoSuchBucket", "NotFound"})

# Refusals of the request itself; asking again would give the same answer.
_FINAL = frozenset(
    {"InvalidArgument", "InvalidRequest", "KeyTooLongError", "MetadataTooLarge", "EntityTooLarge", "InvalidURI"}
)

# The condition of a write did not hold.
_OVERTAKEN = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412"})

_ABSENT_FOR_WRITES: dict[str, type[Unavailable]] = {"NoSuchBucket": NoSpace, "NoSuchUpload": Gone}


@contextmanager
def translated(operation: str) -> Iterator[None]:
    """Raise Invalid for what a store refuses for good and Unavailable for anything else that goes wrong with it.

    Missing rights count as StoreDown: an operator can grant them, and nothing may be judged damaged until then.
    """
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in _FINAL:
            raise Invalid(f"The store refused to {operation}: {code}") from error
        if code == "InvalidObjectState":
            raise Archived(f"The store could not {operation}: it is archived, and has to be restored first") from error
        raise _kind(error, code)(f"The store could not {operation}: {code or error}") from error
    except BotoCoreError as error:
        raise StoreDown(f"The store could not {operation}: {type(error).__name__}") from error
    except KeyError as error:
        # The SDK checks no answer: whatever says 200 at the address of the store would pass for one.
        raise Unavailable(f"The store could not {operation}: its answer lacks {error}") from error


def _kind(error: ClientError, code: str) -> type[Unavailable]:
    if code in THROTTLED:
        return Throttled
    if code in _OVERTAKEN:
        return Overtaken
    if code in _ABSENT_FOR_WRITES:
        return _ABSENT_FOR_WRITES[code]
    status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 500)
    return StoreDown if status >= 500 or status in (401, 403) else Unavailable
