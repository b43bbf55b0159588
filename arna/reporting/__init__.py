"""The report: one page about skills, occupations, programmes and the data behind them, for everybody to read.

``data`` reads the readers' views, ``words`` says things in three languages, ``charts`` draws, ``sections`` puts both
together and ``page`` makes one file of it.
"""
