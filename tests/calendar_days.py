"""A calendar that tests turn: the county's clock and the phones' stand on the same hour."""

from datetime import datetime, timedelta

from county import County

from fieldsync.moments import CHINA


class Days:
    """The day that it is, at ten in the morning in China; `on` turns it."""

    def __init__(self, county: County, day: str):
        self.now = datetime.now(CHINA)
        county.engine.now = lambda: self.now
        self.on(day)

    def on(self, day: str) -> None:
        """Turn the calendar to a day."""
        self.now = datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=CHINA)

    def later(self, days: int = 1) -> None:
        """Turn it on by some days."""
        self.now += timedelta(days=days)

    def clock(self) -> datetime:
        """Return the hour, as a phone's clock does."""
        return self.now
