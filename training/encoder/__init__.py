"""Small transformers of our own: an encoder for search, and a cross-encoder that reads question and passage together.

``python -m training.encoder --help`` says what there is; training/README.md says what came of it.
"""
