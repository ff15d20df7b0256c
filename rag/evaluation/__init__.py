"""The evaluation of retrieval and grounding: cases, measures, runs, reports. Knows the Assistant only by its interface.

questions.py    the eval set: cases with wanted facts and gold spans; loading, checking, locating quotes
matching.py     facts in a text, numbers in a text, whether a quote carries a claim
measures.py     one small function per measure of one question
statistics.py   figures over questions: intervals, paired tests, refusal, risk-coverage, calibration
records.py      what is kept of one question of a run; why it failed
run.py          puts every case to an assistant, resumable
summary.py      rows to headline figures, breakdowns and ablation table
ablations.py    the same questions with one part switched off, or with other chunks
report.py       rows to one HTML file that needs no network
compare.py      two runs, question by question
gate.py         a run against the baseline that is kept in git
authoring.py    a new set from an index; a marked question becomes a case
cli.py          ``raadwijzer eval ...``
"""
