/* The little that the page does by itself: send what is clicked to Gradio's boxes, show the quote behind a mark, open
   the source beside the answer, copy, and keep what was typed. Everything it shows comes escaped from the server. */
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const box = () => document.querySelector("#vraag textarea");
  const KEPT = "raadwijzer-getypt";
  const fetched = window.fetch.bind(window);
  let opener = null; // the mark that opened the source, to go back to
  let spokenBefore = "";

  // -- Gradio's boxes ------------------------------------------------------------------------------------------------
  let unsent = null; // what was typed and not answered before the page was loaded again
  function write(field, text) {
    if (!field) return;
    if (field === box()) unsent = null;
    const proto = field.tagName === "TEXTAREA" ? HTMLTextAreaElement.prototype : HTMLInputElement.prototype;
    Object.getOwnPropertyDescriptor(proto, "value").set.call(field, text);
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function restore(times) { // over the question of the address, which Gradio brings some time after its box
    if (!unsent) return;
    const text = unsent;
    if (box().value !== text) write(box(), text);
    unsent = text;
    if (times) setTimeout(() => restore(times - 1), 100);
  }
  document.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && event.target === box() && !event.shiftKey && !event.isComposing) hold(event);
  }, true);
  document.addEventListener("click", (event) => { if (!pressing && event.target.closest?.("#zoek")) hold(event); }, true);
  const press = (id) => (byId(id)?.matches("button") ? byId(id) : byId(id)?.querySelector("button"))?.click();

  function ask(text) {
    write(box(), text);
    setTimeout(() => press("zoek"), 0);
  }
  function setFilters(json) {
    write(document.querySelector("#filters textarea, #filters input"), json);
    setTimeout(() => press("filters-gewijzigd"), 0);
  }
  function chosenFilters(panel) {
    const chosen = JSON.parse(panel.dataset.filters);
    for (const field of panel.querySelectorAll("input, select")) delete chosen[field.name];
    for (const field of panel.querySelectorAll("input:checked, select")) {
      if (field.value) (chosen[field.name] ??= []).push(field.value);
    }
    return JSON.stringify(chosen);
  }

  // -- what was found, at once: Gradio brings the same a moment later, with the answer (see rag/web/intake.py) -----------
  let sentText = null; // what was sent last: once it is answered it need not be kept
  let waiting = null; // for what was found; stopped when another question is asked, or Gradio was first
  let lastBefore = ""; // the turn that stood there when the question was sent
  function sent() {
    asked = true; // the page may move to the answer
    unsent = null;
    sentText = box()?.value ?? "";
    const filters = document.querySelector("#filters textarea, #filters input")?.value ?? "";
    return showEarly({ vraag: box()?.value ?? "", filters });
  }
  // Gradio's event waits until what was found is on the screen: its work would come between, here and at the server.
  const PATIENCE = 400; // ms; then it goes all the same
  let pressing = false; // the button is pressed for the question that waited
  let release = null; // lets the waiting event go
  function hold(event) {
    event.preventDefault();
    event.stopImmediatePropagation();
    const found = sent();
    const mine = () => { if (release === mine) { release = null; pressFor(sentText); } };
    release = mine;
    found.then(() => requestAnimationFrame(() => setTimeout(mine, 0)), mine);
    setTimeout(mine, PATIENCE); // also in a tab that is not shown, which draws nothing
  }
  function pressFor(text) {
    const now = box().value;
    const click = () => { pressing = true; press("zoek"); pressing = false; };
    if (now === text) { click(); return; }
    write(box(), text); // typed on since: that is for later
    setTimeout(() => { click(); setTimeout(() => write(box(), now), 0); }, 0);
  }
  document.addEventListener("beforeinput", (event) => { if (event.target === box()) release?.(); }, true);
  async function showEarly(question) {
    waiting?.abort();
    waiting = new AbortController();
    lastBefore = byId("uitkomst")?.querySelector(".beurt")?.id;
    const post = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(question) };
    try {
      const found = await fetched("/gevonden", { ...post, signal: waiting.signal });
      const text = found.status === 200 ? await found.text() : "";
      byId("vroeg").innerHTML = text; // made and escaped by the server (rag/web/render.py)
      leaveEarly();
    } catch (error) {
      if (error.name !== "AbortError") byId("vroeg")?.replaceChildren(); // Gradio's own message tells what is wrong
    }
  }
  function leaveEarly() { // the same, or what was asked later, has come through Gradio
    const early = byId("vroeg")?.querySelector(".beurt");
    const last = byId("uitkomst")?.querySelector(".beurt");
    if (last && last.id !== lastBefore) waiting?.abort();
    if (early && last && Number(last.dataset.moment) >= Number(early.dataset.moment)) byId("vroeg").replaceChildren();
  }

  // -- the quote behind a mark -----------------------------------------------------------------------------------------
  const card = () => byId("citaatkaart");
  let shown = null; // the mark whose quote is shown
  function showQuote(mark) {
    const quote = byId(mark.dataset.citaat);
    if (!quote) return;
    const place = document.createElement("p");
    place.className = "herkomst";
    place.textContent = mark.getAttribute("aria-label");
    const words = document.createElement("p");
    words.textContent = `“${quote.textContent}”`;
    const todo = document.createElement("p");
    todo.className = "klein";
    todo.textContent = matchMedia("(pointer: coarse)").matches ? "Tik nog een keer om de bron te openen." : "Klik om de bron te openen.";
    card().replaceChildren(words, place, todo);
    card().hidden = false;
    card().dataset.van = mark.dataset.citaat;
    shown = mark;
    const at = mark.getBoundingClientRect();
    const size = card().getBoundingClientRect();
    card().classList.toggle("boven", at.top > innerHeight / 2);
    card().style.left = `${Math.max(16, Math.min(at.left, innerWidth - size.width - 16))}px`;
    card().style.top = at.bottom + size.height + 12 < innerHeight ? `${at.bottom + 6}px` : `${Math.max(8, at.top - size.height - 6)}px`;
  }
  function hideQuote() {
    if (card()) { card().hidden = true; card().dataset.van = ""; }
  }

  // -- the source beside the answer --------------------------------------------------------------------------------------
  const marks = () => [...document.querySelectorAll("#antwoord .beurt")].slice(0, 1).flatMap((turn) => {
    const seen = new Set();
    return [...turn.querySelectorAll(".merk")].filter((mark) => !seen.has(mark.href) && seen.add(mark.href));
  });
  const AS = "raadwijzer-weergave"; // "tekst" when the reader chose the text of pages
  let latest = 0; // of the sources that were asked for, only the last may be shown
  async function fetchSource(address) {
    const mine = ++latest;
    try {
      const answer = await fetch(address);
      const text = await answer.text();
      problem("");
      return mine === latest ? text : null;
    } catch {
      if (mine === latest) problem("De server antwoordt niet. Start Raadwijzer opnieuw; uw vraag blijft hier staan.");
      return null;
    }
  }
  async function openSource(link) {
    const address = new URL(link.href);
    hideQuote();
    if (sessionStorage.getItem(AS) === "tekst") address.searchParams.set("als", "tekst");
    const text = await fetchSource(`/bron${address.search}`);
    if (text === null) return;
    if (!link.closest("#bron")) opener = link;
    const panel = byId("bron");
    panel.hidden = false;
    document.querySelectorAll(".merk.gekozen").forEach((one) => one.classList.remove("gekozen"));
    link.classList.add("gekozen");
    const all = marks();
    const here = all.findIndex((one) => one.href === link.href);
    panel.dataset.plaats = here;
    panel.querySelector("[data-doe=vorige]").disabled = here <= 0;
    panel.querySelector("[data-doe=volgende]").disabled = here < 0 || here >= all.length - 1;
    showSource(text);
    (byId("bron-titel") || byId("bron-inhoud")).focus({ preventScroll: true });
  }
  async function turnSource(button) { // another page of the same source, or its text
    const choice = button.dataset.naam;
    if (choice.startsWith("als-")) sessionStorage.setItem(AS, choice.slice(4));
    const enlarged = byId("bron").querySelector(".blad.groot") !== null;
    const text = await fetchSource(button.dataset.adres);
    if (text === null) return;
    showSource(text, enlarged);
    const same = byId("bron-inhoud").querySelector(`[data-naam="${choice}"]:not(:disabled)`);
    (same || byId("bron-titel")).focus({ preventScroll: true });
    const image = byId("bron-inhoud").querySelector(".bladzijdebeeld");
    if (image) say(image.getAttribute("aria-label"));
  }
  let question = null; // watches whether the question itself is in view; then it need not stand above as well
  function showSource(text, enlarged = false) {
    const inside = byId("bron-inhoud");
    inside.innerHTML = text; // made and escaped by the server (rag/web/viewer.py)
    inside.scrollTop = 0;
    byId("bron-naam").textContent = byId("bron-titel")?.textContent ?? "";
    if (enlarged) enlarge(inside.querySelector("[data-naam=vergroot]"));
    const image = inside.querySelector(".bladbeeld");
    const toMark = () => inside.querySelector("#zin")?.scrollIntoView({ block: "center", inline: "center" });
    const drawn = () => { image.parentElement.classList.add("klaar"); toMark(); };
    if (image) image.decode().then(drawn, () => {}); // one that cannot be drawn: see the listener for errors
    else toMark();
    question?.disconnect();
    const above = inside.querySelector(".bovenvraag");
    const asked = inside.querySelector(".gevraagd .woorden");
    if (!above || !asked) return;
    question = new IntersectionObserver(([seen]) => above.classList.toggle("weg", seen.isIntersecting), { root: inside });
    question.observe(asked);
  }
  function enlarge(button) {
    const large = byId("bron").querySelector(".blad")?.classList.toggle("groot");
    button?.setAttribute("aria-pressed", String(Boolean(large)));
    const image = byId("bron").querySelector(".bladbeeld");
    if (image && large) image.sizes = "1800px";
    byId("bron").querySelector("#zin")?.scrollIntoView({ block: "center", inline: "center" });
  }
  document.addEventListener("error", (event) => { // a page that cannot be drawn after all: its text, and why
    if (!event.target.matches?.(".bladbeeld")) return;
    const text = byId("bron").querySelector("[data-naam=als-tekst]");
    fetchSource(text.dataset.adres.replace("als=tekst", "als=stuk")).then((got) => { if (got !== null) showSource(got); });
  }, true);
  function closeSource() {
    latest += 1; // what is still on its way comes too late
    byId("bron").hidden = true;
    document.querySelectorAll(".merk.gekozen").forEach((one) => one.classList.remove("gekozen"));
    const back = opener && (opener.isConnected ? opener : marks().find((one) => one.href === opener.href));
    (back || box())?.focus();
  }
  function step(by) {
    const next = marks()[Number(byId("bron").dataset.plaats) + by];
    if (next) openSource(next);
  }

  // -- saying things ---------------------------------------------------------------------------------------------------------
  function say(text) {
    const place = byId("omroep");
    place.textContent = "";
    setTimeout(() => { place.textContent = text; }, 50);
  }
  function problem(text) {
    const place = byId("storing");
    if (!text) { place.replaceChildren(); return; }
    const title = document.createElement("p");
    const strong = document.createElement("strong");
    strong.textContent = "Geen verbinding met Raadwijzer";
    title.append(strong);
    const said = document.createElement("p");
    said.textContent = text;
    place.replaceChildren(title, said);
  }
  async function copy(text, said) {
    try { await navigator.clipboard.writeText(text); } catch {
      const field = document.createElement("textarea");
      field.value = text;
      document.body.append(field);
      field.select();
      document.execCommand("copy");
      field.remove();
    }
    say(said);
    return said;
  }
  async function copied(button, text, said) {
    await copy(text, said);
    const words = button.lastChild;
    const before = words.textContent;
    words.textContent = "Gekopieerd";
    setTimeout(() => { words.textContent = before; }, 2000);
  }

  // -- what a click does --------------------------------------------------------------------------------------------------------
  const does = {
    stel: (one) => ask(one.dataset.tekst),
    verbeter: (one) => { write(box(), one.dataset.tekst); box().focus(); box().select(); },
    filters: (one) => { setFilters(one.dataset.filters); box()?.focus(); },
    wis: () => { press("wis"); waiting?.abort(); byId("vroeg").replaceChildren(); closeSource(); history.replaceState(null, "", "/"); write(box(), ""); },
    sluit: closeSource,
    vorige: () => step(-1),
    volgende: () => step(1),
    bron: (one) => openSource(one),
    toon: (one) => turnSource(one),
    vergroot: (one) => enlarge(one),
    "kopieer-link": (one) => copied(one, new URL(one.dataset.adres, location.href).href, "De link is gekopieerd."),
    kopieer: async (one) => copied(one, await (await fetch(one.dataset.bron)).text(), "Het antwoord is gekopieerd, met bronnen."),
  };
  let touched = "";
  document.addEventListener("click", (event) => {
    if (event.target.closest("#citaatkaart") && !getSelection().toString()) { openSource(shown); return; }
    const one = event.target.closest("[data-doe]");
    if (!one || one.tagName === "FORM") { touched = ""; return; } // a tap elsewhere hid the quote: the next shows it
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.button) return;
    if (one.dataset.doe === "bron" && !byId("antwoord") && !one.closest("#bron")) return; // on other pages: just a link
    event.preventDefault();
    if (one.matches(".merk") && event.pointerType === "touch" && touched !== one.dataset.citaat) {
      touched = one.dataset.citaat;
      showQuote(one);
      return;
    }
    touched = "";
    does[one.dataset.doe]?.(one);
  });
  document.addEventListener("pointerover", (event) => {
    const mark = event.pointerType !== "touch" && event.target.closest?.(".merk");
    if (mark) showQuote(mark);
    else if (!event.target.closest?.("#citaatkaart") && !document.activeElement?.matches(".merk")) hideQuote();
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches?.(".merk") && event.target.matches(":focus-visible")) showQuote(event.target);
    else hideQuote();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (!card().hidden) hideQuote();
    else if (!byId("bron").hidden) closeSource();
  });
  addEventListener("scroll", () => { if (!document.activeElement?.matches(".merk")) hideQuote(); }, { passive: true });
  let choice = null; // the filter that was touched last: it keeps the focus when Gradio draws the filters anew
  document.addEventListener("change", (event) => {
    const panel = event.target.closest(".filtervak");
    if (!panel) return;
    choice = { name: event.target.name, value: event.target.type === "checkbox" ? event.target.value : null };
    setFilters(chosenFilters(panel));
  });
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-doe=oordeel]");
    if (!form) return;
    event.preventDefault();
    const said = document.createElement("p");
    said.tabIndex = -1;
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" } });
      said.textContent = answer.ok ? "Dank u. Uw oordeel is bewaard op de computer waarop Raadwijzer draait." : "Uw oordeel kon niet worden bewaard. Probeer het later nog eens.";
    } catch {
      problem("De server antwoordt niet. Start Raadwijzer opnieuw; uw tekst blijft hier staan.");
      return;
    }
    said.className = "gegeven";
    (form.closest("details") ?? form).replaceWith(said);
    said.focus();
    say(said.textContent);
  });

  // -- an answer that was given with other filters than are chosen now ------------------------------------------------
  function compareFilters(turn) {
    const chosen = document.querySelector(".filtervak")?.dataset.filters;
    const notice = turn?.querySelector(".andere-filters");
    if (!notice || chosen === undefined) return;
    const other = turn.dataset.filters !== chosen;
    if (notice.hidden !== other) return; // nothing changed
    notice.hidden = !other;
    if (other) say(notice.querySelector("p").textContent);
  }

  // -- what Gradio changes: tell it once, keep the address, keep the filters open ------------------------------------------------
  let filtersOpen = false;
  let turnBefore = "";
  let asked = false; // something was sent from this page, so the page may move to the answer
  document.addEventListener("toggle", (event) => { if (event.target.matches?.(".filters")) filtersOpen = event.target.open; }, true);
  new MutationObserver(() => {
    const words = document.querySelector("#gesproken .html-container")?.textContent.trim() ?? "";
    if (words !== spokenBefore) {
      spokenBefore = words;
      if (words) say(words);
    }
    leaveEarly();
    const turn = document.querySelector("#antwoord .beurt");
    if (turn?.dataset.stand === "done" && location.pathname + location.search !== turn.dataset.adres) {
      history.replaceState(null, "", turn.dataset.adres);
    }
    if (turn?.dataset.stand === "done" && turn.id !== lastBefore && sessionStorage.getItem(KEPT) === sentText) {
      sessionStorage.removeItem(KEPT); // answered
    }
    const panel = document.querySelector(".filters");
    if (turn && turn.id !== turnBefore) { // a new question: its answer is what the reader wants to see now
      turnBefore = turn.id;
      filtersOpen = false;
      if (panel) panel.open = false;
      if (asked && turn.getBoundingClientRect().top > innerHeight * 0.6) turn.scrollIntoView({ block: "start" });
    }
    if (panel && filtersOpen && !panel.open) panel.open = true;
    compareFilters(turn);
    if (panel && choice && document.activeElement === document.body) {
      const same = (one) => one.name === choice.name && (choice.value === null || one.value === choice.value);
      [...panel.querySelectorAll("input, select")].find(same)?.focus({ preventScroll: true });
      choice = null;
    }
    const field = box();
    if (field && !field.dataset.klaar) {
      field.dataset.klaar = "ja";
      field.setAttribute("enterkeyhint", "search");
      unsent = sessionStorage.getItem(KEPT);
      restore(100);
      if (!location.search && !document.activeElement?.closest("#bron")) field.focus({ preventScroll: true });
    }
  }).observe(document.documentElement, { childList: true, subtree: true, characterData: true });
  document.addEventListener("input", (event) => {
    if (event.target !== box()) return;
    if (event.isTrusted) unsent = null; // typed anew
    sessionStorage.setItem(KEPT, event.target.value);
  });

  // -- a server that stopped ---------------------------------------------------------------------------------------------------------
  const STOPPED = "De server is gestopt of onbereikbaar. Start Raadwijzer opnieuw en laad deze pagina daarna nog eens. Wat u typte, blijft bewaard.";
  window.fetch = async (...request) => {
    try {
      const answer = await fetched(...request);
      if (byId("storing")?.childElementCount) problem("");
      return answer;
    } catch (error) {
      if (error.name !== "AbortError") problem(STOPPED);
      throw error;
    }
  };

  if (location.hash === "#zin") byId("zin")?.focus();
})();
