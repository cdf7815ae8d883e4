"""Flow control of a connection whose input may be held back."""

from uvicorn.protocols.http.flow_control import FlowControl


class HeldFlow(FlowControl):
    """Flow control that does not resume reading while input is held back.

    Attributes:
        held: whether input is held back.
    """

    held = False

    def hold(self) -> None:
        """Read nothing, whatever the application wants."""
        self.pause_reading()
        self.held = True

    def resume_reading(self) -> None:
        """The application wants more."""
        if not self.held:
            super().resume_reading()
