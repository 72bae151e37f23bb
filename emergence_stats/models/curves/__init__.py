"""Every curve that competes to explain a series, one file each, and the table that names them.

A curve is f(x) = base + sign * sum_m amplitude_m h_m(x; threshold, width). `base` is the guess rate wherever the curve
starts from chance, and base + amplitude = 1 - lapse rate. To add one: its arm h in a file here, a branch in
`shapes.arms`, and a row in `CURVES`; the evidence engine, the verdict and the report take it from there.
"""

from emergence_stats.models.curves import shapes
from emergence_stats.models.curves.spec import CurveSpec, Explanation, Levels

CURVES: dict[str, CurveSpec] = {
    "no_ability": CurveSpec(
        label="at the guess rate throughout",
        explanation=Explanation.NO_ABILITY,
        form=shapes.FLAT,
        placement=shapes.NOWHERE,
        levels=Levels.GUESS,
    ),
    "constant": CurveSpec(
        label="any constant",
        explanation=Explanation.CONSTANT,
        form=shapes.FLAT,
        placement=shapes.NOWHERE,
        levels=Levels.CONSTANT,
    ),
    "log_linear": CurveSpec(
        label="log-linear",
        explanation=Explanation.SMOOTH,
        form=shapes.LINEAR,
        placement=shapes.NOWHERE,
        levels=Levels.RISING,
    ),
    "wide_logistic": CurveSpec(
        label="wide logistic",
        explanation=Explanation.SMOOTH,
        form=shapes.LOGISTIC,
        placement=shapes.OVERLAPPING,
        levels=Levels.GUESS_CEILING,
    ),
    "power_law": CurveSpec(
        label="p^L of a power law",
        explanation=Explanation.SMOOTH,
        form=shapes.GOMPERTZ,
        placement=shapes.EXPONENT,
        levels=Levels.GUESS_CEILING,
    ),
    "sharp_logistic": CurveSpec(
        label="sharp logistic",
        explanation=Explanation.PHASE_CHANGE,
        form=shapes.LOGISTIC,
        placement=shapes.IN_RANGE,
        levels=Levels.GUESS_CEILING,
    ),
    "ramp": CurveSpec(
        label="hinge (ramp)",
        explanation=Explanation.PHASE_CHANGE,
        form=shapes.RAMP,
        placement=shapes.IN_RANGE,
        levels=Levels.GUESS_CEILING,
    ),
    "step": CurveSpec(
        label="step",
        explanation=Explanation.PHASE_CHANGE,
        form=shapes.STEP,
        placement=shapes.POSITION,
        levels=Levels.GUESS_CEILING,
    ),
    "decreasing": CurveSpec(
        label="decreasing",
        explanation=Explanation.DECREASING,
        form=shapes.FALLING,
        placement=shapes.NOWHERE,
        levels=Levels.FALLING,
    ),
    "valley": CurveSpec(
        label="U-shaped",
        explanation=Explanation.NON_MONOTONE,
        form=shapes.TENT,
        placement=shapes.POSITION,
        levels=Levels.VALLEY,
    ),
    "peak": CurveSpec(
        label="inverted U",
        explanation=Explanation.NON_MONOTONE,
        form=shapes.TENT,
        placement=shapes.POSITION,
        levels=Levels.PEAK,
    ),
}
