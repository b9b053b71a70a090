"""One file a group of routes; each exposes `api`, an APIBlueprint that webapp/app.py registers."""
