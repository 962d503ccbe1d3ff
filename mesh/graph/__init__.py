"""An environment as a picture: `staging` says what is on it, `svg` and `mermaid` draw that.

For the SVG, `columns` says how far to the right each card stands, `placement` how far down, `passages` between which
cards an arrow passes, and `wiring` where exactly it runs. Only the model is asked; `verdicts` asks
what judges plans.
"""
