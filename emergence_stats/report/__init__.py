"""What a person reads: the HTML report, the figures and the files of results.

`document.build_report` gathers analyses, failures and skipped inputs into what the report says; `html.render_html`
draws it as one self-contained page; `files.write_report` puts page, tables and run record into a folder, all or
nothing; `plot.plot_analysis` draws one analysis with matplotlib. Other results (forecasts, plans) are a `sheet.Sheet`
in the same shell, written by `files.write_sheet`. Everything here shows documents (`Analysis.to_dict()`,
typed in `analysis_document`); nothing here computes a statistic. To add a figure: one file in `figures/`, one field of
`cards.CardView`, one line of ``templates/macros.html.j2``.
"""
