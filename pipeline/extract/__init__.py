"""From HTML to text and the metadata of its head."""

from pipeline.extract.extractor import Extracted, ExtractError, Extractor

__all__ = ["ExtractError", "Extracted", "Extractor"]
