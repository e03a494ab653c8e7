"""What a person decides against or beside the plan: a log that is never shortened, and what of it stands."""
