"""Places to run on: a manifest and rows for the registries, built in or from a directory."""

from shared.scenarios.catalogue import load, names, roads_of, write
from shared.scenarios.scenario import Manifest, Scenario

__all__ = ["Manifest", "Scenario", "load", "names", "roads_of", "write"]
