"""Evidence → Answer. ``extractive`` shows verbatim sentences and always works; ``llm`` lets a language model write.

    prompts.py      evidence → instructions and numbered sentences
    grammar.py      the only shapes that an answer of a model may have, and reading it back
    gguf_file.py    is this file a whole, usable GGUF model? decided from its header, before llama.cpp opens it
    chat.py         a model's own chat template, around our prompt
    llama_library.py, llama.py    a GGUF model through llama.cpp: streaming, stoppable, the fixed part evaluated once
    answerer.py     what both ways to use a model share
    llm.py          a model's claims, verified one by one → Answer
    verbatim.py     sentences that a model chooses and does not write → Answer
    extractive.py   sentences, verbatim → Answer
    catalog.py      which models there are, fetching them, putting one to use

Nothing here searches, and nothing here opens a document: the sentences come in, and are quoted as they came.
"""
