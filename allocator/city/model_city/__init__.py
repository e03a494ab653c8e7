"""A model city of any size: believable on a map, made from a seed, owed to nobody.

`make_model_city` returns the tables, `write_model_city` writes them as a city folder. The parts that a real city
needs as well, because no city publishes them (vacant flats, sites' units, households), take plain tables and serve
`allocator.city.koeln` too.
"""

from allocator.city.model_city.size import ModelCitySize
from allocator.city.model_city.town import ModelCity, make_model_city
from allocator.city.model_city.writing import write_model_city

__all__ = ["ModelCity", "ModelCitySize", "make_model_city", "write_model_city"]
