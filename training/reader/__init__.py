"""A small Dutch language model that reads numbered sentences and chooses the ones that answer: ``models/reader``.

In the order of what happens::

    shape.py       how large the model is: the real one and one for tests
    tokenizer.py   byte-level BPE, control tokens, chat template
    sources.py     Dutch text for language modelling, with shares and licences
    negatives.py   what our own search finds that does not answer
    prepare.py     shared/data → one packed folder that can be carried to another machine
    pack.py        reading that folder
    tasks.py       question, sentences and what to write, in the prompt that the product uses
    batches.py     (stage, step) → rows of tokens, always the same
    model.py       the transformer, in plain PyTorch
    state.py       checkpoints that survive an interruption
    train.py       two stages: pretrain, then reader
    measure.py     the right sentence, and silence, on questions that were held out
    export.py      → GGUF
    tune.py        how much the evidence leans in, and when the reader is silent
    worlds.py, contest.py, compare.py, speed.py    the comparison with the other ways to answer
    card.py, memory.py    the card, and how much of its training text the model repeats

Only prepare.py and what comes after export.py need the product's search; training itself needs PyTorch and tokenizers,
for the machine that has the GPU may have nothing else.
"""
