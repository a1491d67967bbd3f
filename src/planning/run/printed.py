"""What a cell prints, joined while it comes: one text a stream between two displays, carriage returns obeyed, bounded in size."""

from __future__ import annotations

from typing import Any

from nbformat.v4 import new_output

from planning.inputs.secrets import Redaction

MOST = 1_000_000
"""Characters that are kept of what one cell prints."""
LINE = 1_000
"""Characters of a stream's last line, a progress bar mostly, that are kept even where no more is."""

NOTHING = Redaction(())


class Printed:
    """The printed text of one cell. A progress bar that writes a thousand times over its line leaves that line once."""

    def __init__(self, most: int = MOST, hidden: Redaction = NOTHING):
        self.hidden, self.left, self.streams = hidden, most, []

    def add(self, outputs: list[Any], name: str, text: str) -> Any:
        """More text of a stream (stdout or stderr), added to its output at the end of `outputs`; returns that output."""
        last = self._last(outputs, name)
        stream = next((stream for stream in reversed(self.streams) if stream.output is last), None)
        if stream is None:
            stream = _Stream(new_output("stream", name=name, text=""))
            self.streams.append(stream)
            outputs.append(stream.output)
        self.left -= stream.add(text, self.left)
        return stream.output

    @staticmethod
    def _last(outputs: list[Any], name: str) -> Any:
        """This stream's output since the last display; None where there is none."""
        for output in reversed(outputs):
            if output.output_type != "stream":
                return None
            if output.name == name:
                return output
        return None

    def settle(self) -> None:
        """Write the texts, as they are by now, into their outputs."""
        for stream in self.streams:
            stream.output.text = stream.text(self.hidden)


class _Stream:
    """One output and its text: finished lines, the line that may still be overwritten, and how much was not kept."""

    def __init__(self, output: Any):
        self.output, self.lines, self.line, self.dropped = output, [], "", 0

    def add(self, text: str, room: int) -> int:
        """More text, of whose finished lines `room` characters may be kept; returns how many were."""
        lines = (self.line + text).replace("\r\n", "\n").split("\n")
        *finished, line = map(_overwritten, lines) if "\r" in self.line + text else lines
        body = "".join(f"{each}\n" for each in finished)
        kept, self.line = body[: max(room, 0)], line[: max(room - len(body), LINE)]
        self.dropped += len(body) - len(kept) + len(line) - len(self.line)
        self.lines += [kept] if kept else []
        return len(kept)

    def text(self, hidden: Redaction) -> str:
        """What is kept, and how much is not; where it was cut no secret begins."""
        if not self.dropped:
            return "".join([*self.lines, self.line])
        said = hidden.cut("".join(self.lines)) + hidden.cut(self.line)
        return f"{said}\n… {self.dropped:,} more characters were printed and are not kept\n"


def _overwritten(line: str) -> str:
    """What stays of a line after its carriage returns; one at its end waits for what comes next."""
    body = line.rstrip("\r")
    return body[body.rfind("\r") + 1 :] + line[len(body) :]
