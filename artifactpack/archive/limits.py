"""What a bundle may ask of its reader; the writer keeps to the same bounds."""

MAX_ENTRIES = 300_000
MAX_DIRECTORY = 128 << 20  # bytes
MAX_DEFLATED = 16 << 20  # bytes unpacked; larger members are stored
MAX_RATIO = 100  # of unpacked to packed bytes
MAX_META = 256 << 20  # bytes of a member that is read at once
MAX_MANIFEST = 128 << 20  # bytes of our own list of members
MAX_VALUES = 4_000_000  # in one JSON file
MAX_SERIES = 16_000_000  # in one run's metrics, which are three to a point
