"""The evaluation of retrieval and grounding: cases, measures, runs, reports. Knows the Assistant by its interface.

questions.py    the eval set: cases with wanted facts and gold spans; loading, checking, locating quotes
matching.py     facts in a text, numbers in a text, whether a quote carries a claim
measures.py     one small function per measure of one question
statistics.py   figures over questions: intervals, paired tests, refusal, risk-coverage, calibration
records.py      what is kept of one question of a run, what it scores, why it failed
run.py          puts every case to an assistant, resumable
summary.py      scored rows to figures, breakdowns and curves
catalog.py      what each figure is called in Dutch and what it means
ablations.py    the same questions with one part switched off, or with other chunks
variants.py     runs the ablations and puts them in one table
steadiness.py   the same documents indexed in another order
judge.py        an entailment model on this machine as judge of citations (optional)
compare.py      two runs, question by question
gate.py         a run against the baseline that is kept in git
authoring.py    a new set from an index; a marked question becomes a case
tables.py       figures as tables of text
plots.py        figures as small pictures
report.py       a run as one HTML file that needs no network; report_case.py makes its questions
cli.py          ``raadwijzer eval …``
"""
