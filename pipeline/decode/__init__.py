"""From bytes to text."""

from pipeline.decode.decoding import Decoded, Undecodable, decode

__all__ = ["Decoded", "Undecodable", "decode"]
