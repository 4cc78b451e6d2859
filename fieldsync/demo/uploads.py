"""One resumable upload (tus 1.0) as a phone with a bad line does it."""

import hashlib
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fieldsync.demo.wire import NoSignal, Refused

if TYPE_CHECKING:
    from fieldsync.demo.phone import Phone

_PAUSE = 0.01


@dataclass
class Upload:
    """The bytes of one photo on their way; `path` is the upload's address once it has one."""

    phone: "Phone"
    content: bytes
    path: str = ""

    def begin(self) -> None:
        """Ask the server for an upload."""
        location = self.phone._begin(hashlib.sha256(self.content).hexdigest(), len(self.content))
        self.path = "/" + location.split("/", 3)[3] if "://" in location else location

    def offset(self) -> int:
        """Ask how many bytes are safe."""
        return int(self.phone.send("HEAD", self.path, Tus_Resumable="1.0.0").headers["upload-offset"])

    def finish(self, piece: int, tries: int = 50) -> None:
        """Send what is missing in pieces, asking after every failure how far the server is."""
        for _ in range(tries):
            try:
                self._go_on(piece)
                return
            except NoSignal:
                time.sleep(_PAUSE)
            except Refused as refused:
                # The piece came twice, or is still being written: the server knows how far it is.
                if refused.status not in (409, 503):
                    raise
                time.sleep(_PAUSE)
        raise NoSignal("the line stayed bad")

    def _go_on(self, piece: int) -> None:
        if not self.path:
            self.begin()
        offset = self.offset()
        while offset < len(self.content):
            answer = self.phone.send(
                "PATCH", self.path, self.content[offset : offset + piece], Tus_Resumable="1.0.0",
                Upload_Offset=str(offset), Content_Type="application/offset+octet-stream",
            )  # fmt: skip
            offset = int(answer.headers["upload-offset"])
