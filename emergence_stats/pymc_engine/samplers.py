"""A compiled curve, and PyMC's two samplers on it: sequential Monte Carlo for the evidence, NUTS for the posterior.

`pm.sample` and `pm.sample_smc` compile a model anew on every call, which takes longer than sampling it. Here the step
method `pm.NUTS` and a kernel of `pymc.smc` are built once for each curve and driven by the loops that those functions
run; the data of a series are shared arrays that are set before. A series then costs sampling alone.
"""

from __future__ import annotations

import dataclasses
import functools
import math
from typing import TYPE_CHECKING, Any

import numpy as np

from emergence_stats.evidence.quadrature import Problem
from emergence_stats.pymc_engine.model import QUANTITIES, build, data_of
from emergence_stats.series import FloatArray

if TYPE_CHECKING:
    from pymc import NUTS
    from pymc.smc.kernels import IMH

    from emergence_stats.pymc_engine.likelihood import Tensor

BACKEND = "numba"  # PyTensor's C backend takes ten times as long to compile these graphs
TARGET_ACCEPT = 0.95
MAX_STAGES = 100
MAX_SWEEPS = 60
FORGOTTEN = 0.1  # correlation with the start of a stage at which its particles have moved enough


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Particles:
    """One run of sequential Monte Carlo.

    Attributes:
        log_evidence: natural log of the marginal likelihood; NaN if the posterior was not reached.
        position: final particles in the sampler's own coordinates, shape (n_particles, n_dimensions).
        memory: largest correlation of a coordinate with where the last stage began; near 1 if the run is stuck.
    """

    log_evidence: float
    position: FloatArray
    memory: float


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Chains:
    """Chains of NUTS: positions, shape (n_chains, n_draws, n_dimensions), and the number of divergences."""

    position: FloatArray
    divergences: int


class CompiledCurve:
    """One curve for one kind of likelihood, compiled; `set_series` puts the data of a series in."""

    def __init__(self, name: str, problem: Problem) -> None:
        """Build and compile.

        Args:
            name: key of `CURVES`.
            problem: any series of the kind wanted.
        """
        import pytensor.tensor as pt
        from pymc.pytensorf import compile as compile_graph
        from pymc.pytensorf import join_nonshared_inputs
        from pytensor.compile.mode import Mode, get_mode
        from pytensor.graph.replace import vectorize_graph

        self.name = name
        self.model = build(name, problem.observations.kind, data_of(name, problem))
        mode = get_mode(BACKEND)
        numpy_calls = Mode(linker="py", optimizer="fast_compile")  # for what is called once for each series
        point = self.model.initial_point(random_seed=0)
        graphs = [self.model.varlogp, self.model.datalogp]
        graphs += self.model.replace_rvs_by_values([self.model[quantity] for quantity in QUANTITIES])
        outputs, joined = join_nonshared_inputs(point=point, outputs=graphs, inputs=self.model.value_vars)
        batch = joined.type.clone(shape=(None, None))("batch")
        many = vectorize_graph(outputs, {joined: batch})
        self._log_densities = compile_graph([batch], many[:2], mode=mode, on_unused_input="ignore")
        self._quantities = compile_graph([batch], many[2:], mode=numpy_calls, on_unused_input="ignore")
        number = pt.lscalar("number")
        self._prior = compile_graph([number], self._prior_graph(number), mode=numpy_calls, random_seed=0)
        self._kernel = _kernel_class()(self)

    def _prior_graph(self, n: Tensor) -> list[Tensor]:
        """n draws of every parameter from its prior, in the sampler's own coordinates; no prior leans on another."""
        from pymc.distributions.shape_utils import change_dist_size

        draws = []
        for variable in self.model.free_RVs:
            many, transform = change_dist_size(variable, (n,)), self.model.rvs_to_transforms[variable]
            draws.append(many if transform is None else transform.forward(many, *many.owner.inputs))
        return draws

    @functools.cached_property
    def nuts(self) -> tuple[NUTS, Any]:
        """The step method and its state before any tuning; compiled when it is first wanted, for its gradient."""
        import pymc as pm
        from pytensor.compile.mode import get_mode

        step = pm.NUTS(model=self.model, target_accept=TARGET_ACCEPT, mode=get_mode(BACKEND), rng=0)
        return step, step.sampling_state

    def set_series(self, problem: Problem) -> None:
        """The data and priors of a series; nothing is compiled."""
        import pymc as pm

        pm.set_data(data_of(self.name, problem), model=self.model)

    def log_densities(self, position: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Log prior and log likelihood of many positions, shape (n,) each; -inf where they are not numbers."""
        prior, likelihood = self._log_densities(position)
        # A likelihood that depends on nothing has no batch dimension.
        prior, likelihood = (np.broadcast_to(value, len(position)) for value in (prior, likelihood))
        return tuple(np.where(np.isfinite(value), value, -np.inf) for value in (prior, likelihood))  # type: ignore[return-value]

    def quantities(self, position: FloatArray) -> dict[str, FloatArray]:
        """`QUANTITIES` of the model at many positions, each with its first axis over positions."""
        found = self._quantities(position)
        return {
            name: np.broadcast_to(value, (len(position), *np.shape(value)[np.ndim(value) - rank :]))
            for (name, rank), value in zip(QUANTITIES.items(), found, strict=True)
        }

    def draw_prior(self, n: int, generator: np.random.Generator) -> FloatArray:
        """Positions from the prior, shape (n, n_dimensions)."""
        from pymc.pytensorf import reseed_rngs
        from pytensor.tensor.random.type import RandomGeneratorType

        sources = [shared for shared in self._prior.get_shared() if isinstance(shared.type, RandomGeneratorType)]
        reseed_rngs(sources, int(generator.integers(2**31)))
        return np.stack(self._prior(n), axis=1)

    def run_smc(self, n_particles: int, generator: np.random.Generator) -> Particles:
        """Sequential Monte Carlo from prior to posterior (the loop of ``pm.sample_smc``)."""
        kernel = self._kernel
        kernel.draws = n_particles
        kernel.initialize(None, generator)
        while kernel.beta < 1.0 and kernel.iteration < MAX_STAGES:
            kernel.update_beta_and_weights()
            kernel.step()
        reached = kernel.beta >= 1.0
        return Particles(
            log_evidence=float(kernel.log_marginal_likelihood) if reached else math.nan,
            position=kernel.tempered_posterior.copy(),
            memory=kernel.memory,
        )

    def run_nuts(self, starts: FloatArray, tune: int, draws: int, seed: list[int]) -> Chains:
        """One chain of NUTS from each start (the loop of ``pm.sample(nuts_sampler="pymc")``).

        Args:
            starts: positions, shape (n_chains, n_dimensions).
            tune: steps that adapt step size and mass matrix, and are dropped.
            draws: steps that are kept.
            seed: one for each chain.
        """
        from pymc.blocking import DictToArrayBijection

        step, fresh = self.nuts
        out, divergences = np.empty((len(starts), draws, starts.shape[1])), 0
        names = [value.name for value in self.model.value_vars]
        for chain, start in enumerate(starts):
            point: dict[str, Any] = dict(zip(names, start, strict=True))
            point = {name: np.asarray(value) for name, value in point.items()}
            step.sampling_state = fresh
            step.setup_chain(np.random.default_rng(seed[chain]), tune, draws)
            step.tune = True
            step.reset_tuning()
            for draw in range(-tune, draws):
                if draw == 0:
                    step.stop_tuning()
                point, found = step.step(point)
                if draw >= 0:
                    divergences += int(found[0]["diverging"])
                    out[chain, draw] = DictToArrayBijection.map({name: point[name] for name in names}).data
        return Chains(position=out, divergences=divergences)


_COMPILED: dict[tuple[str, int], CompiledCurve] = {}  # in this process; nothing of a series is compiled in


def curve_for(name: str, problem: Problem) -> CompiledCurve:
    """The compiled curve, with the data of a series in it."""
    key = (name, problem.observations.kind)
    if key not in _COMPILED:
        _COMPILED[key] = CompiledCurve(name, problem)
    _COMPILED[key].set_series(problem)
    return _COMPILED[key]


@functools.cache
def _kernel_class() -> type[IMH]:
    """PyMC's kernel for sequential Monte Carlo, with all particles moved by one call; defined once PyMC is there."""
    from pymc.smc.kernels import IMH

    class Kernel(IMH):  # type: ignore[misc]
        """Tempering, weights and resampling are PyMC's; particles move by independent and local proposals in turn."""

        def __init__(self, compiled: CompiledCurve) -> None:
            self.compiled = compiled
            self.threshold = 0.5
            self.memory = 1.0
            self.acc_rate = math.nan

        def set_rng(self, rng: np.random.Generator) -> None:
            """Nothing that is compiled draws random numbers."""
            self.rng = rng

        def _initialize_kernel(self) -> None:
            self.weights = np.full(self.draws, 1.0 / self.draws)
            self.tempered_posterior = self.compiled.draw_prior(self.draws, self.rng)
            self.prior_logp, self.likelihood_logp = self.compiled.log_densities(self.tempered_posterior)

        def tune(self) -> None:
            """Mean and covariance of the particles, for both kinds of proposals."""
            spread = np.atleast_2d(np.cov(self.tempered_posterior, rowvar=False, ddof=0))
            self.factor = np.linalg.cholesky(spread + 1e-9 * np.eye(len(spread)))
            self.mean = self.tempered_posterior.mean(axis=0)

        def mutate(self) -> None:
            """Metropolis sweeps until the particles have forgotten where the stage began."""
            began = self.tempered_posterior.copy()
            for sweep in range(MAX_SWEEPS):
                self._sweep(local=sweep % 2 == 1)
                self.memory = _correlation(began, self.tempered_posterior)
                if sweep >= 5 and self.memory < FORGOTTEN:
                    break

        def _sweep(self, *, local: bool) -> None:
            n, size = self.tempered_posterior.shape
            noise = self.rng.standard_normal((n, size))
            if local:  # a scale of its own for each particle: the posterior may be narrow in one place
                scale = 2.38 / math.sqrt(size) * 10.0 ** self.rng.uniform(-2.0, 0.0, (n, 1))
                proposed = self.tempered_posterior + scale * _transform(noise, self.factor)
                correction = np.zeros(n)
            else:  # Student's t with 4 degrees of freedom: tails in these coordinates are exponential
                proposed = self.mean + _transform(noise, self.factor) * np.sqrt(4.0 / self.rng.chisquare(4.0, (n, 1)))
                correction = self._log_t(self.tempered_posterior) - self._log_t(proposed)
            prior, likelihood = self.compiled.log_densities(proposed)
            with np.errstate(invalid="ignore"):
                ratio = prior + self.beta * likelihood - self.prior_logp - self.beta * self.likelihood_logp + correction
            accepted = np.log(self.rng.random(n)) < ratio
            self.tempered_posterior[accepted] = proposed[accepted]
            self.prior_logp = np.where(accepted, prior, self.prior_logp)
            self.likelihood_logp = np.where(accepted, likelihood, self.likelihood_logp)

        def _log_t(self, position: FloatArray) -> FloatArray:
            z = np.linalg.solve(self.factor, (position - self.mean).T)
            return np.asarray(-0.5 * (4.0 + len(z)) * np.log1p((z * z).sum(axis=0) / 4.0))

    return Kernel


def _transform(noise: FloatArray, factor: FloatArray) -> FloatArray:
    """Rows of independent noise to rows of this covariance; not a matrix product, whose bits depend on threads."""
    return np.asarray(np.einsum("nj,ij->ni", noise, factor))


def _correlation(began: FloatArray, now: FloatArray) -> float:
    """Largest correlation over coordinates between where particles began and where they are."""
    first, second = began - began.mean(axis=0), now - now.mean(axis=0)
    size = np.sqrt((first**2).sum(axis=0) * (second**2).sum(axis=0))
    return float(np.max(np.abs((first * second).sum(axis=0)) / np.maximum(size, 1e-300)))
