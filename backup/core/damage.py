"""A backup that is not what it was when it was made, or never was whole."""


class Damaged(ValueError):
    """It was changed, cut, or lost a part; the message says what and where. It is not good, and nobody may use it."""
