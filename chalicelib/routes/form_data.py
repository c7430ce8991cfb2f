"""Form data: the file in a multipart/form-data body, as browsers and curl -F send it (contract 1.6)."""

from collections.abc import Iterator

from multipart import MultipartError, MultipartSegment, PushMultipartParser, parse_options_header

from chalicelib.domain.errors import Invalid


def is_form(content_type: str | None) -> bool:
    """Whether a body of this type is to be taken apart."""
    return (content_type or "").partition(";")[0].strip().lower() == "multipart/form-data"


def first_file(body: Iterator[bytes], content_type: str) -> tuple[Iterator[bytes], str | None]:
    """The bytes of the first file and its own content type; what else the form holds is read and ignored.

    Raises Invalid when there is no file, or no form; so do the bytes where the form turns out to be damaged.
    """
    boundary = parse_options_header(content_type)[1].get("boundary")
    if not boundary:
        raise Invalid("A body of type multipart/form-data needs a boundary")
    events = _events(body, boundary)
    for event in events:
        if isinstance(event, MultipartSegment) and event.filename is not None:
            return _bytes(events), event.header("Content-Type")
    raise Invalid("The multipart/form-data body holds no file")


def _events(body: Iterator[bytes], boundary: str) -> Iterator[MultipartSegment | bytearray | None]:
    try:
        with PushMultipartParser(boundary) as parser:
            for chunk in body:
                if not parser.closed:  # what follows the form's end is nobody's
                    yield from parser.parse(chunk)
    except MultipartError as error:
        raise Invalid(f"The multipart/form-data body is damaged: {error}") from error


def _bytes(events: Iterator[MultipartSegment | bytearray | None]) -> Iterator[bytes]:
    for event in events:
        if event is None:
            break  # the file's end
        yield bytes(event)
    for _ in events:  # a form that breaks off behind the file is damaged, too
        pass
