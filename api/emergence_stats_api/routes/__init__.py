"""The paths, one module for each kind of thing. `app.create_app` puts them together."""
