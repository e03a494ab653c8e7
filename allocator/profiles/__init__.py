"""Rules of real cities by id, with source and date: what `use: [muenster-50]` puts into a scenario."""

from __future__ import annotations

from allocator.profiles.reading import Profile, profile_ids, profile_named, profiles_by_id

__all__ = ["Profile", "profile_ids", "profile_named", "profiles_by_id"]
