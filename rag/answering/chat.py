"""A model's own chat template, split around the place where the material goes.

The template comes with the model file (Jinja, in its metadata) and runs in Jinja's immutable sandbox, as in
llama-cpp-python and transformers. What stands before the material is the same for every question; it is trusted text
and may hold control tokens. The material never passes through the template.
"""

from __future__ import annotations

import datetime
from typing import Any

from rag.errors import ModelInvalid

_PLACE = "⟪MATERIAAL⟫"
_PLAIN = ("{instructions}\n\n", "\n\nAntwoord: ")  # for a model without a template
_DAY = datetime.datetime(2025, 1, 1)  # templates may print "today"; the same question must give the same answer


class ChatTemplate:
    """Turns instructions into the text before and after the material."""

    def __init__(self, template: str | None, begin: str, end: str) -> None:
        """``template`` is the model's Jinja template, None for none; ``begin`` and ``end`` its marks as text."""
        self._template = template
        self._begin = begin
        self._end = end

    def begins(self, text: str) -> bool:
        """Whether ``text`` already opens with the mark that begins a sequence."""
        return bool(self._begin) and text.startswith(self._begin)

    def around(self, instructions: str) -> tuple[str, str]:
        """The text before and after the material. Raises ModelInvalid when the template cannot be used."""
        if self._template is None:
            return _PLAIN[0].format(instructions=instructions), _PLAIN[1]
        separate = [{"role": "system", "content": instructions}, {"role": "user", "content": _PLACE}]
        joined = [{"role": "user", "content": f"{instructions}\n\n{_PLACE}"}]
        problem = "het sjabloon laat de vraag weg"
        for messages in (separate, joined):  # some models know no system role (Gemma)
            try:
                text = self._render(messages)
            except Exception as error:  # a template is a program of others and may raise anything
                problem = str(error)
                continue
            before, place, after = text.partition(_PLACE)
            if place and instructions.strip()[:40] in before:
                return before, after
        raise ModelInvalid(
            f"Het chatsjabloon in dit taalmodel werkt niet ({problem}). Kies een ander GGUF-bestand, bij voorkeur een "
            "'instruct'-model uit 'raadwijzer models list'."
        )

    def _render(self, messages: list[dict[str, str]]) -> str:
        """Render as transformers does, so that templates mean what their makers tested."""
        import jinja2
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        def refuse(message: str) -> None:
            raise jinja2.TemplateError(message)

        environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols])
        environment.globals["raise_exception"] = refuse
        environment.globals["strftime_now"] = _DAY.strftime
        values: dict[str, Any] = {"bos_token": self._begin, "eos_token": self._end, "enable_thinking": False}
        return environment.from_string(self._template or "").render(
            messages=messages, add_generation_prompt=True, **values
        )
