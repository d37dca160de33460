"""What many tests share, made once a session."""

from __future__ import annotations

import pytest

from intents import knowledge as knowledge_room
from intents.classifier import Classifier
from intents.examples import Example, load
from intents.knowledge import Knowledge
from intents.model import Model
from tests import tiny
from training.fit import QUICK, fit
from training.retrain import split


@pytest.fixture(scope="session")
def knowledge() -> Knowledge:
    """The shipped knowledge."""
    return knowledge_room.load()


@pytest.fixture(scope="session")
def examples() -> list[Example]:
    """Every shipped example."""
    return load()


@pytest.fixture(scope="session")
def few() -> list[Example]:
    """The tiny corpus."""
    return tiny.corpus()


@pytest.fixture(scope="session")
def tiny_model(few: list[Example]) -> Model:
    """Both heads, fitted on the tiny corpus with the fake encoder."""
    encoder = tiny.HashEncoder()
    return fit(split(few)[0], encoder, tiny.EFFORT)


@pytest.fixture(scope="session")
def tiny_classifier(tiny_model: Model, knowledge: Knowledge) -> Classifier:
    """Serves the tiny model's full head with the fake encoder."""
    return Classifier(tiny_model, tiny.HashEncoder(), knowledge.signs)


@pytest.fixture(scope="session")
def base_classifier(examples: list[Example], knowledge: Knowledge) -> Classifier:
    """The n-gram head of about 3,000 shipped examples: enough to tell scams from talk, fitted in seconds."""
    return Classifier(fit(split(tiny.spread(examples, 110, 1000))[0], effort=QUICK), None, knowledge.signs)
