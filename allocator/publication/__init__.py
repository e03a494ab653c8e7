"""What of a plan may be published: areas alone, small numbers withheld, and no sum that gives them back."""

from allocator.publication.publication import Publication, publication

__all__ = ["Publication", "publication"]
