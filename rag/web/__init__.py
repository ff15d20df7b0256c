"""The web page: pure functions from values to HTML, and the wiring that serves them.

The page knows no SQL and no models. It talks to an assistant (``backend.Assistant``), turns what comes back into
escaped HTML (``html``, ``render``, ``viewer``, ``documents``, ``timeline``, ``about``) and leaves the rest to Gradio
and FastAPI (``page``, ``routes``, ``server``).
"""
